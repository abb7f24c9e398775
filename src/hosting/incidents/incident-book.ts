/**
 * Makes incidents of events. Each event counts once, in order, also over a kill of the daemon: what was taken into
 * account is stored with what came of it.
 */
import type { Clock } from '../../domain/clock.ts'
import type { EventRecord, EventSink, PlatformEvent } from '../../domain/event.ts'
import type { IdOf, IncidentId, ServerId } from '../../domain/id.ts'
import type { Incident, IncidentFilter, ServerChange } from '../../domain/incident.ts'
import {
  applySignal,
  resolve,
  type Outcome,
  type SignalContext,
} from '../../insight/incidents/apply-signal.ts'
import { addToTimeline } from '../../insight/incidents/timeline.ts'
import { decideOver } from '../../insight/incidents/decide-over.ts'
import { describeTitle } from '../../domain/incident-words.ts'
import { ENDS, readSignal, type Signal } from '../../insight/incidents/read-signal.ts'
import type { OthersDeps } from '../others/ask-others.ts'
import { hearOthers } from './hear-others.ts'
import type { Events, Incidents, Servers, Supervision, Versions } from '../ports.ts'

export type IncidentBookDeps = Pick<OthersDeps, 'memories' | 'recall'> & {
  readonly incidents: Incidents
  readonly events: EventSink & Events
  readonly servers: Pick<Servers, 'find'>
  readonly versions: Pick<Versions, 'find'>
  readonly supervision: Pick<Supervision, 'state'>
  readonly clock: Clock
  readonly createId: <K extends keyof IdOf>(prefix: K) => IdOf[K]
  readonly onDefect: (error: unknown) => void
}

export interface IncidentBook {
  find(id: IncidentId): Promise<Incident | null>
  list(filter: IncidentFilter): Promise<readonly Incident[]>
  listChanges(serverId: ServerId): Promise<readonly ServerChange[]>
  /** What no event says: a trend that was seen, or is seen no more. */
  note(signal: Signal): Promise<void>
  /** Now and then: what has run long enough is over. */
  look(): Promise<void>
  /** Resolves when everything that was told so far is taken into account. */
  settled(): Promise<void>
  close(): Promise<void>
}

const BATCH = 200
const DAY_MS = 24 * 3_600_000
const MAX_TAIL = 2048
const NO_END: SignalContext['end'] = { hint: null, tail: '', fingerprint: null }

export function createIncidentBook(deps: IncidentBookDeps): IncidentBook {
  const { incidents, events, clock } = deps
  /** One thing at a time: each step reads what the one before wrote. */
  let work: Promise<void> = Promise.resolve()
  let isDue = false
  let isClosed = false
  /** The last event that was read; what is stored may be behind by events that say nothing. */
  let after: number | null = null

  const enqueue = (task: () => Promise<void>): Promise<void> => {
    work = work.then(task).catch((error: unknown) => {
      if (!isClosed) deps.onDefect(error)
    })
    return work
  }

  const catchUp = () => {
    if (isDue || isClosed) return
    isDue = true
    void enqueue(async () => {
      isDue = false
      after ??= await begin()
      for (;;) {
        const batch: readonly EventRecord[] = await events.list({ after, limit: BATCH })
        for (const record of batch) {
          await take(record)
          after = record.id
        }
        if (batch.length < BATCH) return
      }
    })
  }

  const begin = async (): Promise<number> => {
    const known = await incidents.cursor()
    if (known !== null) return known
    // What happened before there were incidents is over.
    const first = ((await events.listLatest(1)).at(-1)?.id ?? 1) - 1
    await incidents.save({ cursor: first })
    return first
  }

  const take = async ({ id, time, actor, event }: EventRecord) => {
    const signal = readSignal(event)
    if (signal === null) return
    if (signal.kind !== 'change') return apply(signal, { at: time, eventId: id, end: readEnd(event) }, id)
    const text = await nameChange(signal, event)
    if (text === null) return
    const changed: ServerChange = { ...signal.change, text, at: time, actor, eventId: id }
    await apply({ ...signal, text }, { at: time, eventId: id, end: NO_END }, id, changed)
  }

  const apply = async (
    signal: Signal,
    when: Pick<SignalContext, 'at' | 'eventId' | 'end'>,
    cursor?: number,
    changed?: ServerChange,
  ) => {
    const { serverId } = signal
    const current = await incidents.listCurrent(serverId, when.at - DAY_MS)
    const changes = await incidents.listChanges(serverId)
    const outcomes = applySignal(signal, {
      ...when,
      incidents: current,
      changes,
      id: deps.createId('inc'),
    })
    await incidents.save({
      ...(cursor === undefined ? {} : { cursor }),
      incidents: outcomes.map(({ incident }) => incident),
      ...(changed === undefined ? {} : { change: { ...changed, serverId } }),
    })
    tell(outcomes)
  }

  const tell = (outcomes: readonly Outcome[]) => {
    for (const { incident, told } of outcomes) {
      if (told === null) continue
      if (told === 'opened') void listen(incident)
      const { id: incidentId, serverId, server, kind, severity, occurrences } = incident
      const about = { incidentId, serverId, server, kind, severity, occurrences }
      events.emit({ type: `incident.${told}`, ...about, title: describeTitle(incident) })
    }
  }

  /** Nothing waits for them; what they say comes into the timeline when it comes. */
  const listen = async (incident: Incident) => {
    const text = await hearOthers(deps, incident)
    if (text === null) return
    await enqueue(async () => {
      const current = await incidents.find(incident.id)
      if (current === null) return
      const entry = { at: clock.now(), kind: 'note', text, eventId: null } as const
      await incidents.save({ incidents: [addToTimeline(current, entry)] })
    })
  }

  /** `version 7`; null where it is none that serves. */
  const nameChange = async (
    signal: Extract<Signal, { kind: 'change' }>,
    event: PlatformEvent,
  ): Promise<string | null> => {
    if (signal.change.kind !== 'version') return signal.text
    const server = await deps.servers.find(signal.serverId)
    const active = server?.activeVersion ?? null
    if (active === null) return null
    if ('versionId' in event && event.versionId !== active) return null
    const version = await deps.versions.find(active)
    return version === null ? null : `version ${version.number}`
  }

  const readEnd = (event: PlatformEvent): SignalContext['end'] => {
    if (event.type !== 'server.status' || (event.status !== 'backoff' && event.status !== 'failed'))
      return NO_END
    const exit = deps.supervision.state(event.serverId)?.lastExit ?? null
    // Another end may have come meanwhile: its words are no evidence for this one.
    if (exit === null || exit.class !== event.class || exit.cause !== event.cause) return NO_END
    const tail = Buffer.from(exit.stderrTail).subarray(-MAX_TAIL).toString('utf8').toWellFormed()
    return { hint: exit.hint, tail, fingerprint: exit.fingerprint }
  }

  const stop = events.subscribe(({ event }) => {
    if (!event.type.startsWith('incident.')) catchUp()
  })
  catchUp()

  return {
    find: (id) => incidents.find(id),
    list: (filter) => incidents.list(filter),
    listChanges: (serverId) => incidents.listChanges(serverId),
    note: (signal) => enqueue(() => apply(signal, { at: clock.now(), eventId: null, end: NO_END })),
    look: () =>
      enqueue(async () => {
        for (const incident of await incidents.list({ state: 'open', limit: 500 })) {
          if (!ENDS.test(incident.subject)) continue
          const at = clock.now()
          const why = decideOver(incident, deps.supervision.state(incident.serverId), at)
          if (why === null) continue
          const over = resolve(incident, why, { at, eventId: null })
          await incidents.save({ incidents: [over] })
          tell([{ incident: over, told: 'resolved' }])
        }
      }),
    async settled() {
      catchUp()
      await work
    },
    async close() {
      isClosed = true
      stop()
      await work
    },
  }
}
