import type { Confidentiality } from '../domain/memory.ts'

/** A memory without a vector. */
export type Waiting = { readonly id: string; readonly rid: number; readonly text: string }

/** Vectors beside the memories. Memories have rising numbers (`rid`), newest last. */
export interface VectorRecords {
  /** The number of the newest memory; 0: there is none. */
  latest(): number
  /** Of those numbered `from` to `to` that may leave at this level, those without a vector of this space; their beginnings. */
  listWaiting(range: {
    readonly space: string
    readonly from: number
    readonly to: number
    readonly level: Confidentiality
    readonly isNewestFirst: boolean
    readonly limit: number
  }): readonly Waiting[]
  /** Those that are still there, and may still leave. */
  put(
    space: string,
    level: Confidentiality,
    vectors: readonly { readonly id: string; readonly packed: Uint8Array }[],
  ): void
  /** Whoever searches next need not wait until they are read. */
  warm(space: string): Promise<void>
  /** How many have one, and how many may have one. */
  count(
    space: string,
    level: Confidentiality,
  ): Promise<{ readonly stored: number; readonly eligible: number }>
}
