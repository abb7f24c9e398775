/** Time as a port, so that tests can move it. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch: for display and records only. */
  now(): number
  /** Monotonic, milliseconds: for every timeout and duration. */
  monotonic(): number
  /** Runs `task` once after `milliseconds`; the result cancels it. Does not keep the process alive. */
  after(milliseconds: number, task: () => void): () => void
}
