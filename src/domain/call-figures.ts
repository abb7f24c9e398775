import type { CallOutcome } from './call-outcome.ts'

/** Of some calls: how many ended how, and how long they took, in milliseconds by nearest rank, 2 % off at most; `max` is exact. */
export type CallFigures = {
  readonly calls: number
  /** Those that occurred. */
  readonly outcomes: Readonly<Partial<Record<CallOutcome, number>>>
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

export type ServerCalls = {
  /** Wall clock, milliseconds: the beginning of the minute (or hour, of days ago) in which what was asked for lies. */
  readonly from: number
  /** Null where there were no calls. */
  readonly all: CallFigures | null
  /** The most called first; `tool` is null for other methods than tools/call. */
  readonly byTool: readonly (CallFigures & { readonly method: string; readonly tool: string | null })[]
}

/** What is asked of many servers at once: no latencies, no tools. */
export type CallStep = {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Milliseconds that it spans. */
  readonly step: number
  readonly calls: number
  readonly timeouts: number
  readonly refused: number
}
