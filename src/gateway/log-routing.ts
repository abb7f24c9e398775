/**
 * Log messages on a pipe that many share (R92): a message reaches the one call in flight that asked for logs.
 * If none or several did, or a call of somebody else is in flight, it is dropped: it may speak of that one.
 */
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import type { CallRequest } from './call.ts'
import { isLogLevel, LOG_LEVELS, type LogLevel } from './envelope.ts'
import type { Lane } from './lane.ts'

export interface LogRouting {
  /** Makes the process at least this verbose; it never becomes quieter, since others may have asked for more. */
  need(level: LogLevel): void
}

export function createLogRouting(lane: Lane): LogRouting {
  let current: LogLevel | null = null
  /** What callers need that came while there was no process. */
  let wanted: LogLevel | null = null

  const tell = (level: LogLevel, initializeResult: JsonObject) => {
    if (!hasLogging(initializeResult) || (current !== null && rank(current) <= rank(level))) return
    current = level
    lane.tell('logging/setLevel', { level })
  }

  lane.onConnected(({ initializeResult }) => {
    current = null
    if (wanted !== null) tell(wanted, initializeResult)
    wanted = null
  })
  lane.onNotification((method, params) => {
    if (method !== 'notifications/message' || params === undefined) return
    const [taker, ...others] = lane.listLogTakers()
    if (taker !== undefined && others.length === 0) passLog(taker, params)
  })

  return {
    need(level) {
      const { connection } = lane
      if (connection !== null) tell(level, connection.initializeResult)
      else if (wanted === null || rank(level) < rank(wanted)) wanted = level
    },
  }
}

/** Only what is as severe as the taker asked for. */
export function passLog(taker: NonNullable<CallRequest['logs']>, params: JsonObject): void {
  const { level } = params
  if (isLogLevel(level) && rank(level) >= rank(taker.level)) taker.onLog(params)
}

function rank(level: LogLevel): number {
  return LOG_LEVELS.indexOf(level)
}

export function hasLogging(initializeResult: JsonObject): boolean {
  const { capabilities } = initializeResult
  return isJsonObject(capabilities) && isJsonObject(capabilities['logging'])
}
