/**
 * HTTP+SSE, the transport of 2024-11-05 (R120): one stream brings everything down, POSTs bring everything up, and the
 * session ends with the stream. What is said inside the session is served as for every other earlier client.
 */
import type { JsonObject } from '../../domain/json.ts'
import { createToken } from '../../system/random.ts'
import { buildErrorMessage, buildFault, INVALID_REQUEST, type Fault } from '../fault.ts'
import { parseMessage, readId, type Message, type RequestId } from '../message.ts'
import { sendJson, type Reply } from '../reply.ts'
import type { Session } from '../session.ts'
import type { OpenStream } from '../streams.ts'
import { ownerOf, type Exchange } from './exchange.ts'
import { serveNotification, serveRequest } from './legacy-methods.ts'
import { accepts, serveInitialize, type LegacyDeps } from './legacy.ts'

export interface SseTransport {
  /** GET: the stream, which says first where to POST. */
  open(exchange: Exchange): void
  /** POST of one message into the session that the query names. */
  serveMessage(exchange: Exchange, body: unknown): void
}

/** From the stream's opening to its close; the session begins with `initialize`. */
type Line = {
  readonly stream: OpenStream
  readonly res: Exchange['res']
  session: Session | null
  opening: boolean
}

export function createSseTransport(deps: LegacyDeps): SseTransport {
  const lines = new Map<string, Line>()

  const open = (exchange: Exchange) => {
    const { req, res, principal, server } = exchange
    if (!accepts(req.headers.accept, 'text/event-stream')) {
      return sendFault(exchange, buildFault(406, 406, 'Accept must allow text/event-stream.'))
    }
    if (!deps.streams.canOpen(principal.id)) {
      const text = `You have ${deps.config.maxStreamsPerPrincipal} streams open, which is the limit. Close one first.`
      return sendJson(res, 429, buildErrorMessage({ code: 429, message: text }, undefined), {
        'Retry-After': '5',
      })
    }
    const id = createToken(32)
    const stream = deps.streams.open(res, ownerOf(exchange), 'standing')
    const line: Line = { stream, res, session: null, opening: false }
    lines.set(id, line)
    stream.onClosed(() => {
      lines.delete(id)
      if (line.session !== null) deps.sessions.remove(line.session)
    })
    stream.write(`event: endpoint\ndata: /servers/${server}/messages?session_id=${id}\n\n`)
  }

  /** The id is no credential: whoever names it must be who opened it (R101). */
  const find = ({ req, principal, hosted, arrival }: Exchange): [string, Line] | null => {
    const id = new URLSearchParams(req.url?.split('?', 2)[1]).get('session_id') ?? ''
    const line = lines.get(id)
    if (line === undefined) return null
    const { owner } = line.stream
    if (owner.principalId === principal.id && owner.serverId === hosted.serverId) return [id, line]
    arrival.noteDenied('route_not_found', principal.id)
    return null
  }

  const serveMessage = (exchange: Exchange, body: unknown) => {
    const found = find(exchange)
    if (found === null) {
      const text = 'There is no such session. It ended with its stream; open a new one with GET.'
      return sendFault(exchange, buildFault(404, 404, text), readId(body))
    }
    const message = parseMessage(body)
    if (message === null) {
      const fault = buildFault(400, INVALID_REQUEST, 'The body is not one JSON-RPC message.')
      return sendFault(exchange, fault, readId(body))
    }
    exchange.res.writeHead(202, { 'Content-Length': 0 }).end()
    const [id, line] = found
    // Whether anybody waits for an answer is said by the stream, on which it comes, and not by this POST.
    serve({ ...exchange, res: line.res }, id, line, message)
  }

  const serve = (exchange: Exchange, id: string, line: Line, message: Message) => {
    const { session } = line
    if (session !== null) {
      session.toolsOnly = exchange.narrowed
      if (message.kind === 'notification') serveNotification(exchange, session, message)
      if (message.kind === 'response') session.pushes.answer(message)
      if (message.kind === 'request') {
        serveRequest(exchange, session, message, new StandingReply(line.stream), deps)
      }
      return
    }
    if (message.kind !== 'request') return
    const answer = (sent: JsonObject) => line.stream.send(sent)
    if (message.method === 'ping') return answer({ jsonrpc: '2.0', id: message.id, result: {} })
    if (message.method !== 'initialize' || line.opening) {
      const text = line.opening ? 'The session is being initialized.' : 'Send initialize first.'
      return answer(buildErrorMessage({ code: INVALID_REQUEST, message: text }, message.id))
    }
    line.opening = true
    serveInitialize(exchange, message, deps, {
      id,
      answer(sent) {
        line.opening = false
        answer(sent)
      },
      onOpened(opened) {
        line.session = opened
        // The client may have gone while the server started.
        if (line.res.destroyed) return deps.sessions.remove(opened)
        line.stream.onClosed(exchange.hosted.announcements.hold(opened.key))
        opened.outbox.attach(line.stream)
      },
    })
  }

  return { open, serveMessage }
}

/** Every answer goes down the one stream, which none of them ends. */
class StandingReply implements Reply {
  readonly stream: OpenStream

  constructor(stream: OpenStream) {
    this.stream = stream
  }

  open(): OpenStream {
    return this.stream
  }

  notify(method: string, params: JsonObject): void {
    this.stream.send({ jsonrpc: '2.0', method, params })
  }

  respond(message: JsonObject): void {
    this.stream.send(message)
  }

  skip(): void {}
}

function sendFault({ res }: Exchange, { status, error }: Fault, id?: RequestId): void {
  sendJson(res, status, buildErrorMessage(error, id))
}
