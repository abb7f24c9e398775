/** Why a call did not reach a server, or got no answer. */
import { AppError } from '../domain/error.ts'
import type { GatewayConfig } from './gateway-config.ts'

export function buildTimeout(why: string): AppError {
  return new AppError('call_timeout', `The server did not answer in time. ${why}`)
}

/** It never got the call: asking again does nothing twice. */
export function buildUnhealthy(seconds: number): AppError {
  const text = `The server is unhealthy: it does not answer when it is asked whether it lives. The call waited ${seconds} s for it.`
  return new AppError('server_unresponsive', text)
}

export function buildBusy({ maxInFlight, maxQueued, maxQueuedPerPrincipal }: GatewayConfig): AppError {
  const text = `The server works on ${maxInFlight} calls, and ${maxQueued} more, or ${maxQueuedPerPrincipal} of yours, are waiting.`
  return new AppError('busy', text)
}

/** What a port throws is an AppError by contract; anything else is a defect and says nothing to strangers. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  return new AppError('internal', 'The gateway could not reach the server.', { cause: error })
}
