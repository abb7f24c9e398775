/** The one stream of a page: events, and where asked for log lines and what servers use. */
import { AppError } from '../domain/error.ts'
import type { EventRecord } from '../domain/event.ts'
import type { LogLine } from '../domain/log-line.ts'
import { isAllowed } from '../domain/principal.ts'
import { startRepeating } from '../domain/repeat.ts'
import type { ApiDeps } from './api-deps.ts'
import type { LogTopic, Topics } from './event-topics.ts'
import { mayRead, renderEvent } from './render-event.ts'
import { renderLogLine } from './render-log.ts'
import type { Call } from './route.ts'
import { renderTime } from './schema/common.ts'
import { joinHistory, renderOnce, type Streams } from './streams.ts'

const MAX_REPLAY = 1_000
/** A line waits so long for those that come with it. */
const GATHER_MS = 100
/** Of one message; a flood makes several. */
const MAX_LINES = 500
const SAMPLE_MS = 1_000

/** Some events are not in the stream: read the state again. */
const RESET = 'event: reset\ndata: {}\n\n'

type Deps = Pick<ApiDeps, 'hosting' | 'clock' | 'notes' | 'onDefect'>
type Push = (texts: readonly string[]) => void

export async function openEventStream(
  deps: Deps,
  streams: Streams,
  call: Call,
  topics: Topics,
): Promise<Response> {
  const { hosting } = deps
  const after = readLastEventId(call.request)
  if (topics.logs.length > 0 && !isAllowed(call.principal, 'logs:read')) {
    throw new AppError('forbidden', 'The scope logs:read is missing.', { details: { scope: 'logs:read' } })
  }
  // Before the stream's headers: an unknown server is a 404, not a broken stream.
  for (const { server } of topics.logs) await hosting.get(server)
  // What administrators read of a log is written down, by whatever way they read it.
  if (topics.logs.length > 0 && isAllowed(call.principal, 'admin')) noteLogs(deps, call, topics.logs)
  const missed = after === null ? [] : await hosting.listEvents({ after, limit: MAX_REPLAY + 1 })
  const isTooMuch = missed.length > MAX_REPLAY
  return streams.open(call, {
    contentType: 'text/event-stream',
    heartbeat: ': still here\n\n',
    overflow: RESET,
    async start(push) {
      if (isTooMuch) push([RESET])
      const followEvents = () =>
        joinHistory<EventRecord>({
          read: async () =>
            after === null || isTooMuch ? [] : hosting.listEvents({ after, limit: MAX_REPLAY + 1 }),
          subscribe: (listener) => hosting.subscribeEvents(listener),
          orderOf: ({ id }) => id,
          push: (records) =>
            push(
              records
                .filter((record) => topics.isWanted(record.event) && mayRead(call.principal, record))
                .map(renderSse),
            ),
        })
      const stops: (() => void)[] = []
      try {
        stops.push(await followEvents())
        for (const topic of topics.logs) stops.push(await followLog(deps, topic, push))
      } catch (error) {
        for (const stop of stops) stop()
        throw error
      }
      if (topics.hasSamples) {
        stops.push(startRepeating(deps.clock, SAMPLE_MS, () => pushSample(deps, call, push)))
      }
      return () => {
        for (const stop of stops) stop()
      }
    },
  })
}

/** Without an `id`: where a log is, its lines say, and Last-Event-ID stays that of the events. */
async function followLog({ hosting, clock }: Deps, { server, after }: LogTopic, push: Push) {
  let waiting: LogLine[] = []
  let cancel: (() => void) | null = null
  const flush = () => {
    cancel = null
    const lines = waiting
    waiting = []
    for (let at = 0; at < lines.length; at += MAX_LINES) {
      const items = lines.slice(at, at + MAX_LINES).map(renderLogLine)
      push([`event: log.line\ndata: ${JSON.stringify({ server, items })}\n\n`])
    }
  }
  const stop = await joinHistory<LogLine>({
    read: async () => (after === null ? [] : hosting.readLogs(server, { after, limit: 10_000 })),
    subscribe: (listener) => hosting.followLogs(server, listener),
    orderOf: ({ seq }) => seq,
    push(lines) {
      waiting.push(...lines)
      cancel ??= clock.after(GATHER_MS, flush)
    },
  })
  return () => {
    stop()
    cancel?.()
  }
}

function noteLogs({ notes }: Deps, { principal, peer, requestId, session }: Call, logs: readonly LogTopic[]) {
  for (const { server } of logs) {
    notes.note({
      action: 'server.log.read',
      resource: `server:${server}`,
      actor: principal.id,
      via: session === null ? 'api' : 'dashboard',
      ip: peer.ip,
      outcome: 'success',
      requestId,
      details: {},
    })
  }
}

async function pushSample(deps: Deps, { requestId }: Call, push: Push): Promise<void> {
  try {
    push([await renderSample(deps)])
  } catch (error) {
    // The stream goes on: the next second may be better.
    deps.onDefect(error, requestId)
  }
}

async function renderSample({ hosting, clock }: Deps): Promise<string> {
  const items = (await hosting.readUsage()).map(({ server, usage }) => ({
    server,
    memory_bytes: usage.memoryBytes,
    cpu_percent: usage.cpuPercent,
    processes: usage.processes,
  }))
  return `event: metric.sample\ndata: ${JSON.stringify({ time: renderTime(clock.now()), items })}\n\n`
}

function readLastEventId({ headers }: Request): number | null {
  const header = headers.get('last-event-id')
  const after = header === null ? null : Number(header)
  if (after === null || (Number.isSafeInteger(after) && after >= 0)) return after
  throw new AppError('invalid_request', 'Last-Event-ID: is not an id that this stream gave.')
}

const renderSse = renderOnce((record: EventRecord) => {
  const event = renderEvent(record)
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
})
