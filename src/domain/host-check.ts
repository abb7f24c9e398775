/** One line of doctor. */
export type HostCheck = {
  readonly id: string
  readonly area: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly found: string
  /** What mends it; null where there is nothing to mend. */
  readonly fix: string | null
}
