/** What all servers together show and no single one: which dependency goes with which trouble, and what ends it. Pure. */
import type { ExitClass } from '../../domain/exit-class.ts'
import type { Incident } from '../../domain/incident.ts'
import { findChance, findInterval, findThreshold } from './statistics.ts'

const LEAST_SERVERS = 3
const LEAST_CASES = 3
const RATE = 0.01

export type Insight = {
  readonly kind: 'class_by_dependency' | 'action_by_class'
  readonly class: ExitClass
  /** The dependency, or what was done. */
  readonly subject: string
  readonly text: string
  /** Servers, or cases, that it is of. */
  readonly n: number
  /** The share of them, and where it lies with 95 %. */
  readonly effect: number
  readonly interval: readonly [low: number, high: number]
  /** How likely it is chance; null: nothing was compared. */
  readonly chance: number | null
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
      `${kind} in ${hit.length} of ${carriers} servers with ${name} (${percent(share, interval)}), and in ` +
      `${hitOthers} of ${others} without; chance ${chance.toPrecision(2)} among ${tried.length} that were compared`
    const facts = { n: carriers, effect: share, interval, chance, servers: hit }
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

type Ended = Pick<Incident, 'server' | 'class' | 'timeline' | 'resolvedAt' | 'resolution'>

/** Of what was changed while there was trouble: how often it did not come again. */
export function findRemedies(incidents: readonly Ended[]): readonly Insight[] {
  const cases = new Map<string, { kind: ExitClass; action: string; server: string; helped: boolean }[]>()
  for (const incident of incidents) {
    if (incident.class === null) continue
    for (const { action, helped } of readActions(incident)) {
      const key = `${incident.class} ${action}`
      const known = cases.get(key) ?? []
      cases.set(key, [...known, { kind: incident.class, action, server: incident.server, helped }])
    }
  }
  return [...cases.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, found]) => {
      const [first] = found
      if (first === undefined || found.length < LEAST_CASES) return []
      const helped = found.filter((each) => each.helped).length
      const interval = findInterval(helped, found.length)
      const effect = helped / found.length
      const text = `after ${first.action}, ${first.kind} was over in ${helped} of ${found.length} cases (${percent(effect, interval)})`
      const servers = [...new Set(found.map(({ server }) => server))].toSorted()
      const facts = { n: found.length, effect, interval, chance: null, servers }
      return [{ kind: 'action_by_class' as const, class: first.kind, subject: first.action, text, ...facts }]
    })
}

/** A change that another one follows at once says nothing by itself. */
function readActions({ timeline, resolvedAt, resolution }: Ended) {
  return timeline.flatMap(({ kind, text }, index) => {
    if (kind !== 'change') return []
    const next = timeline
      .slice(index + 1)
      .find((entry) => entry.kind === 'trouble' || entry.kind === 'change')
    if (next?.kind === 'change') return []
    const isOver = resolvedAt !== null && !/stopped|gone/.test(resolution ?? '')
    if (next === undefined && !isOver) return []
    return [{ action: nameAction(text), helped: next === undefined }]
  })
}

function nameAction(text: string): string {
  if (/^(?:another )?version\b/.test(text)) return 'another version'
  if (text.startsWith('secret')) return 'a change of secrets'
  const [, setting] = /^(\w+) was (?:raised|set) /.exec(text) ?? []
  return setting === undefined ? 'a change of settings' : `a change of ${setting}`
}

function percent(share: number, [low, high]: readonly [number, number]): string {
  const whole = (value: number) => Math.round(100 * value)
  return `${whole(share)} %, ${whole(low)}–${whole(high)} %`
}
