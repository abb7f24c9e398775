/** What was changed while there was trouble, and how often the trouble was over then. Pure. */
import type { ExitClass } from '../../domain/exit-class.ts'
import type { IncidentId } from '../../domain/id.ts'
import type { Incident } from '../../domain/incident.ts'
import { findInterval } from './statistics.ts'

export type Ended = Pick<Incident, 'id' | 'server' | 'class' | 'timeline' | 'resolvedAt' | 'resolution'>

/** One sort of change in one class of trouble. */
export type Remedy = {
  readonly class: ExitClass
  /** `a change of memory_mb`, `another version`. */
  readonly action: string
  /** Of so many times it was followed by the end of the trouble so often. */
  readonly of: number
  readonly helped: number
  /** Where the share lies with 95 % (Wilson). */
  readonly interval: readonly [low: number, high: number]
  readonly servers: readonly string[]
  /** Where it helped, the latest first. */
  readonly helpedIn: readonly { readonly id: IncidentId; readonly server: string; readonly at: number }[]
}

/** By class and action, in their order. */
export function listRemedies(incidents: readonly Ended[]): readonly Remedy[] {
  const cases = incidents.flatMap((incident) => {
    const { class: kind } = incident
    return kind === null ? [] : readActions(incident).map((found) => ({ ...found, kind, incident }))
  })
  return [...Map.groupBy(cases, ({ kind, action }) => `${kind} ${action}`)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, found]) => {
      const [first] = found
      if (first === undefined) return []
      const good = found.filter(({ helped }) => helped)
      return [
        {
          class: first.kind,
          action: first.action,
          of: found.length,
          helped: good.length,
          interval: findInterval(good.length, found.length),
          servers: [...new Set(found.map(({ incident }) => incident.server))].toSorted(),
          helpedIn: good
            .map(({ incident: { id, server, resolvedAt } }) => ({ id, server, at: resolvedAt ?? 0 }))
            .toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)),
        },
      ]
    })
}

/** What helped in this class of trouble, the surest first. */
export function rankRemedies(remedies: readonly Remedy[], kind: ExitClass): readonly Remedy[] {
  return remedies
    .filter((remedy) => remedy.class === kind && remedy.helped > 0)
    .toSorted((a, b) => b.interval[0] - a.interval[0] || (a.action < b.action ? -1 : 1))
}

/** `after a change of memory_mb, out_of_memory was over in 2 of 3 cases (67 %, 21–94 %)`. */
export function describeRemedy({ class: kind, action, of, helped, interval }: Remedy): string {
  const cases = of === 1 ? 'case' : 'cases'
  return `after ${action}, ${kind} was over in ${helped} of ${of} ${cases} (${describeShare(helped / of, interval)})`
}

export function describeShare(share: number, [low, high]: readonly [number, number]): string {
  const whole = (value: number) => Math.round(100 * value)
  return `${whole(share)} %, ${whole(low)}–${whole(high)} %`
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
