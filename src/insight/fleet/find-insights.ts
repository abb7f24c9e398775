/** What all servers together show and no single one: which dependency goes with which trouble, and what ends it. Pure. */
import type { ExitClass } from '../../domain/exit-class.ts'
import type { InsightKind } from '../../domain/recommendation.ts'
import { describeRemedy, describeShare, listRemedies, type Ended } from './find-remedies.ts'
import { findChance, findInterval, findThreshold } from './statistics.ts'

const LEAST_SERVERS = 3
const LEAST_CASES = 3
const RATE = 0.01

export type Insight = {
  readonly kind: InsightKind
  /** Null: it is of no trouble. */
  readonly class: ExitClass | null
  /** The dependency (with its version, where it is of one), or what was done. */
  readonly subject: string
  readonly text: string
  /** Servers, or cases, that it is of. */
  readonly n: number
  /** The share of them, and where it lies with 95 %. */
  readonly effect: number
  readonly interval: readonly [low: number, high: number]
  /** How likely it is chance; null: nothing was compared. */
  readonly chance: number | null
  /** How much more memory, in the middle of those that changed so; null: it is not of memory. */
  readonly changeMib: number | null
  readonly servers: readonly string[]
}

export type FleetServer = {
  readonly name: string
  readonly dependencies: readonly string[]
  /** Of its incidents. */
  readonly classes: readonly ExitClass[]
}

export function findBadDependencies(servers: readonly FleetServer[]): readonly Insight[] {
  const classes = [...new Set(servers.flatMap((server) => server.classes))].toSorted()
  const names = [...new Set(servers.flatMap(({ dependencies }) => dependencies))].toSorted()
  const tried = classes.flatMap((kind) => names.flatMap((name) => compare(servers, kind, name) ?? []))
  const threshold = findThreshold(
    tried.map(({ chance }) => chance),
    RATE,
  )
  return tried.flatMap(({ kind, name, chance, carriers, hit, others, hitOthers }) => {
    if (chance > threshold || hit.length < LEAST_SERVERS) return []
    const interval = findInterval(hit.length, carriers)
    const share = hit.length / carriers
    const text =
      `${kind} in ${hit.length} of ${carriers} servers with ${name} (${describeShare(share, interval)}), and in ` +
      `${hitOthers} of ${others} without; chance ${chance.toPrecision(2)} among ${tried.length} that were compared`
    const facts = { n: carriers, effect: share, interval, chance, changeMib: null, servers: hit }
    return [{ kind: 'class_by_dependency' as const, class: kind, subject: name, text, ...facts }]
  })
}

function compare(servers: readonly FleetServer[], kind: ExitClass, name: string) {
  const carriers = servers.filter(({ dependencies }) => dependencies.includes(name))
  const having = servers.filter(({ classes }) => classes.includes(kind)).length
  if (carriers.length < LEAST_SERVERS || carriers.length === servers.length) return null
  const hit = carriers.filter(({ classes }) => classes.includes(kind)).map((server) => server.name)
  return {
    kind,
    name,
    hit,
    carriers: carriers.length,
    others: servers.length - carriers.length,
    hitOthers: having - hit.length,
    chance: findChance(hit.length, carriers.length, having, servers.length),
  }
}

/** Of what was changed while there was trouble: how often it did not come again. */
export function findRemedies(incidents: readonly Ended[]): readonly Insight[] {
  return listRemedies(incidents).flatMap((remedy) => {
    const { class: kind, action: subject, of: n, helped, interval, servers } = remedy
    if (n < LEAST_CASES) return []
    const facts = { n, effect: helped / n, interval, chance: null, changeMib: null, servers }
    return [
      { kind: 'action_by_class' as const, class: kind, subject, text: describeRemedy(remedy), ...facts },
    ]
  })
}
