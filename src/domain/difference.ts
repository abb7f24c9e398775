/** What is not as it should be, for as long as it is so: told with the reason, and with what will be or can be done. */

export const DIFFERENCE_KINDS = [
  'should_run',
  'should_not_run',
  'lost_wake',
  'start_overdue',
  'stop_overdue',
  'process_gone',
  'other_version',
  'no_record',
  'not_supervised',
  'left_over',
  'stray',
] as const
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number]

export type Difference = {
  readonly kind: DifferenceKind
  /** The server's name; null for what belongs to none. */
  readonly server: string | null
  /** One sentence. */
  readonly reason: string
  readonly nextStep: string
  /** Milliseconds since the epoch. */
  readonly since: number
}

/** When desired and observed were compared last, and what differed. */
export type Observation = {
  /** Milliseconds since the epoch; null: not yet. */
  readonly at: number | null
  /** What is shown may be older than it may be. */
  readonly isStale: boolean
  readonly differences: readonly Difference[]
}
