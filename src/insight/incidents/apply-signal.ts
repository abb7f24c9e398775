/** One signal, and the incidents of its server: which of them begin, change, come again or end. Pure. */
import type { IncidentId } from '../../domain/id.ts'
import type { Incident, ServerChange } from '../../domain/incident.ts'
import { SEVERITIES } from '../../domain/memory.ts'
import { DRIFT, ENDS, type Signal } from './read-signal.ts'
import { suspectChange } from './suspect-change.ts'
import { addToTimeline } from './timeline.ts'

/** The same trouble within a day of its end is the same incident. */
const SAME_MS = 24 * 3_600_000
/** So many ends are no accident. */
const LOOP = 3
const MOST_FINGERPRINTS = 8

export type SignalContext = {
  readonly at: number
  readonly eventId: number | null
  /** Of the server: open ones, and those resolved within a day. */
  readonly incidents: readonly Incident[]
  readonly changes: readonly ServerChange[]
  readonly id: IncidentId
  /** Of an end: what is known beyond its event. */
  readonly end: Pick<Incident, 'hint' | 'tail'> & { readonly fingerprint: string | null }
}

/** `told`: what listeners hear of it. A hundred ends of a loop are a handful of updates: those that double the count. */
export type Outcome = {
  readonly incident: Incident
  readonly told: 'opened' | 'updated' | 'resolved' | null
}

export function applySignal(signal: Signal, context: SignalContext): readonly Outcome[] {
  if (signal.kind === 'trouble') return [applyTrouble(signal, context)]
  const open = context.incidents.filter(({ resolvedAt }) => resolvedAt === null)
  if (signal.kind === 'relief') return relieve(signal, open, context)
  return open.flatMap((incident) => {
    const why = findEnd(signal, incident)
    if (why !== null) return { incident: resolve(incident, why, context), told: 'resolved' as const }
    // How it goes on matters for ends alone.
    if (signal.kind === 'over' || (signal.kind === 'note' && !ENDS.test(incident.subject))) return []
    return { incident: addNote(incident, signal.kind, signal.text, context), told: null }
  })
}

/** One sentence; null: it does not end this incident. */
function findEnd(
  signal: Extract<Signal, { kind: 'over' | 'change' | 'note' }>,
  { subject }: Incident,
): string | null {
  if (signal.kind === 'over') return signal.subjects.test(subject) ? signal.text : null
  if (signal.kind === 'note') return null
  return signal.change.kind === 'version' && subject === DRIFT ? 'Another version serves.' : null
}

function relieve(
  { subject, mark, text }: Extract<Signal, { kind: 'relief' }>,
  open: readonly Incident[],
  context: SignalContext,
): readonly Outcome[] {
  const found = open.find((incident) => incident.subject === subject && incident.signals.includes(mark))
  if (found === undefined) return []
  const left = { ...found, signals: found.signals.filter((each) => each !== mark) }
  return left.signals.length === 0
    ? [{ incident: resolve(left, capitalise(text), context), told: 'resolved' }]
    : [{ incident: addNote(left, 'relief', text, context), told: null }]
}

function addNote(
  incident: Incident,
  kind: 'relief' | 'change' | 'note',
  text: string,
  { at, eventId }: Pick<SignalContext, 'at' | 'eventId'>,
): Incident {
  return { ...addToTimeline(incident, { at, kind, text, eventId }), updatedAt: at }
}

/** Also for what no event says: that it ran long enough since. */
export function resolve(
  incident: Incident,
  resolution: string,
  { at, eventId }: Pick<SignalContext, 'at' | 'eventId'>,
): Incident {
  const ended = { ...incident, resolvedAt: at, updatedAt: at, resolution, signals: [] }
  return addToTimeline(ended, { at, kind: 'relief', text: resolution, eventId })
}

type Trouble = Extract<Signal, { kind: 'trouble' }>

function applyTrouble(signal: Trouble, context: SignalContext): Outcome {
  const { at } = context
  const same = context.incidents.filter(({ subject }) => subject === signal.subject)
  const found =
    same.find(({ resolvedAt }) => resolvedAt === null) ??
    same.find(({ resolvedAt }) => resolvedAt !== null && at - resolvedAt <= SAME_MS)
  const before = found ?? begin(signal, context, same)
  const { fingerprint, hint, tail } = context.end
  const occurrences = before.occurrences + 1
  const isLoop = before.kind === 'crash' && (occurrences >= LOOP || signal.isFinal === true)
  const kind = isLoop ? 'crash_loop' : signal.as === 'leak' ? 'leak' : before.kind
  const severity = highest(before.severity, isLoop ? 'high' : signal.severity)
  const incident: Incident = {
    ...before,
    kind,
    severity,
    occurrences,
    updatedAt: at,
    lastAt: at,
    beforeLastAt: found === undefined ? null : found.lastAt,
    resolvedAt: null,
    resolution: null,
    signals: addOnce(before.signals, signal.mark),
    fingerprints: addOnce(before.fingerprints, fingerprint ?? undefined).slice(-MOST_FINGERPRINTS),
    hint: signal.hint ?? hint ?? before.hint,
    tail: tail === '' ? before.tail : tail,
  }
  const isWorse = kind !== before.kind || severity !== before.severity
  const isAgain = before.resolvedAt !== null
  // A power of two.
  const isDoubled = (occurrences & (occurrences - 1)) === 0
  const told = found === undefined ? 'opened' : isWorse || isAgain || isDoubled ? 'updated' : null
  return {
    incident: addToTimeline(incident, { at, kind: 'trouble', text: signal.text, eventId: context.eventId }),
    told,
  }
}

function begin(signal: Trouble, context: SignalContext, earlier: readonly Incident[]): Incident {
  const { at, id } = context
  return {
    id,
    serverId: signal.serverId,
    server: signal.server,
    subject: signal.subject,
    kind: signal.as,
    class: signal.class,
    severity: signal.severity,
    openedAt: at,
    updatedAt: at,
    resolvedAt: null,
    resolution: null,
    occurrences: 0,
    lastAt: at,
    beforeLastAt: null,
    signals: [],
    fingerprints: [],
    change: suspectChange(context.changes, earlier, at),
    hint: null,
    tail: '',
    timeline: [],
    omitted: 0,
  }
}

function highest(a: Incident['severity'], b: Incident['severity']): Incident['severity'] {
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b
}

function addOnce(list: readonly string[], item: string | undefined): readonly string[] {
  return item === undefined || list.includes(item) ? list : [...list, item]
}

function capitalise(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
