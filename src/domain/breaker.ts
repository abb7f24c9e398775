/** The breaker of one process: calls that would only wait for nothing are answered at once. */
export type BreakerView = {
  readonly state: 'open' | 'half_open'
  /** Failures in a row that opened it. */
  readonly failures: number
  /** Wall clock, milliseconds: when a call may try again. */
  readonly retryAt: number
}
