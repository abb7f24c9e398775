/** How a relayed call ended. */
export const CALL_OUTCOMES = [
  'ok',
  /** The tool answered, with `isError`. */
  'tool_error',
  /** A JSON-RPC error of the server, or one of the platform that is none of the others. */
  'error',
  'cancelled',
  'timeout',
  /** The process ended first. */
  'lost',
  /** It never went to the server: no place, no room, or the breaker is open. */
  'refused',
] as const
export type CallOutcome = (typeof CALL_OUTCOMES)[number]
