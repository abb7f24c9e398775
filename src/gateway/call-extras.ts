/** What few calls have beside an answer: only those pay for it. */
import type { JsonObject } from '../domain/json.ts'
import type { CallRequest } from './call.ts'
import { passLog } from './log-routing.ts'
import type { CallHandlers } from './ports.ts'

/** @param attempt runs what may fail on a message that cannot be passed on. */
export function addExtras(
  { onProgress, logs, headers }: CallRequest,
  handlers: CallHandlers,
  progressOf: (onProgress: (params: JsonObject) => void) => (params: JsonObject) => void,
  attempt: (task: () => void) => void,
): CallHandlers {
  if (onProgress === undefined && logs === undefined && headers === undefined) return handlers
  return {
    ...handlers,
    ...(onProgress === undefined ? {} : { onProgress: progressOf(onProgress) }),
    ...(logs === undefined ? {} : { onLog: (params) => attempt(() => passLog(logs, params)) }),
    ...(headers === undefined ? {} : { headers }),
  }
}
