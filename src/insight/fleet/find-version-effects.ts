/**
 * Whether memory rose (or fell) where a dependency came in another version. Held against two kinds of chance: that it
 * goes either way anyhow (a sign test over the servers that have it), and that it does so with any new version of a
 * server (Fisher's test against the others that were deployed anew). Pure.
 */
import type { Insight } from './find-insights.ts'
import type { Move } from './read-moves.ts'
import { findChance, findInterval, findSignChance, findThreshold } from './statistics.ts'

const LEAST_SERVERS = 5
/** So many others are needed to be held against; below, the sign test alone has to be as sure. */
const LEAST_OTHERS = 5
const RATE = 0.01
const SIGN = 0.05
/** A change is one from so many MiB and such a share on. */
const LEAST_MIB = 4
const LEAST_SHARE = 0.05

type Way = 'rose' | 'fell'

export function findVersionEffects(moves: readonly Move[]): readonly Insight[] {
  const tried = listSubjects(moves).flatMap(({ subject, moved, others }) =>
    (['rose', 'fell'] as const).map((way) => judge(way, subject, moved, others)),
  )
  const threshold = findThreshold(
    tried.map(({ chance }) => chance),
    RATE,
  )
  return tried.flatMap(({ way, subject, chance, sign, moved, hit, others, hitOthers }) => {
    if (chance > threshold || sign > SIGN) return []
    const changeMib = Math.round(median(hit.map(readChange)))
    const interval = findInterval(hit.length, moved.length)
    const beside = others.length === 0 ? '' : `, and on ${hitOthers} of ${others.length} others`
    const text =
      `memory ${way} ${Math.abs(changeMib)} MiB on ${hit.length} of ${moved.length} servers that moved to ` +
      `${subject}${beside} with a new version; chance ${chance.toPrecision(2)} among ${tried.length} that were compared`
    return [
      {
        kind: 'memory_by_version',
        class: null,
        subject,
        text,
        n: moved.length,
        effect: hit.length / moved.length,
        interval,
        chance,
        changeMib,
        servers: hit.map(({ server }) => server),
      } as const,
    ]
  })
}

/** What came together on the same servers is one thing: no test can tell it apart. One move of a server counts for it. */
function listSubjects(moves: readonly Move[]) {
  const byName = new Map<string, Map<string, Move>>()
  for (const move of moves) {
    for (const name of move.to) {
      const servers = byName.get(name) ?? new Map<string, Move>()
      byName.set(name, servers.has(move.server) ? servers : servers.set(move.server, move))
    }
  }
  const bundles = Map.groupBy(byName, ([, servers]) => [...servers.keys()].toSorted().join('\n'))
  return [...bundles.values()].flatMap((bundle) => {
    const moved = [...(bundle[0]?.[1].values() ?? [])]
    if (moved.length < LEAST_SERVERS) return []
    const names = bundle.map(([name]) => name).toSorted()
    const has = new Set(moved.map(({ server }) => server))
    const others = [
      ...new Map(moves.filter(({ server }) => !has.has(server)).map((move) => [move.server, move])).values(),
    ]
    return [{ subject: names.join(' and '), moved, others }]
  })
}

function judge(way: Way, subject: string, moved: readonly Move[], others: readonly Move[]) {
  const hit = moved.filter((move) => goes(way, move))
  const hitOthers = others.filter((move) => goes(way, move)).length
  const sign = findSignChance(hit.length, moved.length)
  const chance =
    others.length < LEAST_OTHERS
      ? sign
      : findChance(hit.length, moved.length, hit.length + hitOthers, moved.length + others.length)
  return { way, subject, chance, sign, moved, hit, others, hitOthers }
}

function goes(way: Way, move: Move): boolean {
  const change = readChange(move)
  return (
    Math.abs(change) >= Math.max(LEAST_MIB, LEAST_SHARE * move.beforeMib) && change > 0 === (way === 'rose')
  )
}

function readChange({ beforeMib, afterMib }: Move): number {
  return afterMib - beforeMib
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
}
