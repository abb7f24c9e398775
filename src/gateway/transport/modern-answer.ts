/** Answers to clients of 2026-07-28, whatever asked. */
import type { JsonObject } from '../../domain/json.ts'
import type { Outcome } from '../call.ts'
import { buildErrorMessage, frameFailure, MISSING_CAPABILITY, renderRpcError, type Fault } from '../fault.ts'
import type { Request } from '../message.ts'
import { buildModernError, buildModernResult } from '../modern-result.ts'
import { narrowTools, renderForbiddenTool } from '../permission.ts'
import { sendJson, type Reply } from '../reply.ts'
import type { Exchange } from './exchange.ts'

/** How a call ended, as its client reads it. */
export function answerModern(
  exchange: Exchange,
  message: Request,
  outcome: Outcome,
  reply: Reply,
  initializeResult: JsonObject,
): void {
  const { id, method, params } = message
  switch (outcome.kind) {
    case 'result': {
      const built = buildModernResult(method, outcome.result, initializeResult)
      const result =
        method === 'tools/list' && exchange.narrowed
          ? narrowTools(built, exchange.principal, exchange.server)
          : built
      return reply.respond({ jsonrpc: '2.0', id, result })
    }
    case 'error': {
      const error = buildModernError(outcome.error, params)
      // The one error of a server that is one of HTTP too (R34, R43).
      const status = error.code === MISSING_CAPABILITY ? 400 : 200
      return reply.respond(buildErrorMessage(error, id), status)
    }
    case 'failed': {
      const { status, headers } = frameFailure(outcome.error)
      return reply.respond(buildErrorMessage(renderRpcError(outcome.error), id), status, headers)
    }
  }
}

export function sendForbidden(exchange: Exchange, message: Request, tool?: string): void {
  const error = renderForbiddenTool(exchange.server, tool)
  const headers = { 'WWW-Authenticate': exchange.arrival.challenge(tool, exchange.server) }
  sendJson(exchange.res, 403, buildErrorMessage(error, message.id), headers)
}

export function sendFault({ res }: Exchange, message: Request, fault: Fault): void {
  sendJson(res, fault.status, buildErrorMessage(fault.error, message.id))
}

export function sendFailure({ res }: Exchange, message: Request, error: unknown): void {
  const { status, headers } = frameFailure(error)
  sendJson(res, status, buildErrorMessage(renderRpcError(error), message.id), headers)
}
