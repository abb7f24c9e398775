/** GET inside a session: its own stream, or the rest of one whose connection broke (R105, R107). */
import { AppError } from '../../domain/error.ts'
import { isAnswer, parseEventId, type EventId } from '../event-id.ts'
import { buildErrorMessage, buildFault, renderRpcError, type Fault } from '../fault.ts'
import { sendJson } from '../reply.ts'
import type { Session } from '../session.ts'
import { ownerOf, readHeader, type Exchange } from './exchange.ts'
import type { LegacyDeps } from './legacy.ts'

export function serveSessionStream(exchange: Exchange, session: Session, deps: LegacyDeps): void {
  const { req, res, principal, hosted } = exchange
  const owner = ownerOf(exchange)
  const last = parseEventId(readHeader(req, 'last-event-id') ?? '')
  if (last !== null && isAnswer(last)) {
    const answer = session.streams.resume(res, owner, last)
    if (answer === null) return sendLost(exchange, last, deps)
    return session.outbox.addAnswer(answer)
  }
  if (session.outbox.standing === null && !deps.streams.canOpen(principal.id)) {
    const text = `You have ${deps.config.maxStreamsPerPrincipal} streams open, which is the limit. Close one first.`
    return sendFault(exchange, buildFault(429, 429, text), { 'Retry-After': '5' })
  }
  // One that is not known any more goes on without what was missed.
  const resumed = last === null ? null : session.streams.resume(res, owner, last)
  const stream = resumed ?? session.streams.open(res, owner, 'standing')
  stream.onClosed(hosted.announcements.hold(session.key))
  session.outbox.attach(stream)
}

/**
 * Clients come back for an answer until they have one, so silence would make them ask for ever. The id of the request
 * stands in that of the event; where it does not, 405 is what they understand as an end.
 */
function sendLost(exchange: Exchange, { requestId }: EventId, { streams }: LegacyDeps): void {
  const text =
    'The answer to this request is not kept: it was cancelled, or too long ago, or the platform ended.'
  if (requestId === undefined) return sendFault(exchange, buildFault(405, 405, text), { Allow: 'POST' })
  const error = renderRpcError(new AppError('answer_lost', text))
  streams.open(exchange.res, ownerOf(exchange), 'answer').end(buildErrorMessage(error, requestId))
}

function sendFault(
  { res }: Exchange,
  { status, error }: Fault,
  headers: Readonly<Record<string, string>>,
): void {
  sendJson(res, status, buildErrorMessage(error, undefined), headers)
}
