/** What a fault is: something that goes wrong on purpose, what must hold meanwhile, and what was measured. */
import { deepStrictEqual } from 'node:assert'

export type Bar = { readonly atMost?: number; readonly atLeast?: number }

export type FaultContext = {
  /** Whatever is left to chance comes from it: the same seed makes the same run. */
  readonly seed: number
  /** In [0, 1). */
  random(): number
  /** `slice` is what every test run affords; `full` is what the figures are meant for. */
  readonly size: 'slice' | 'full'
  figure(name: string, value: number, unit: string, bar?: Bar): void
  /** Something that must hold does not. The run goes on. */
  broken(sentence: string): void
  note(line: string): void
  readonly signal: AbortSignal
  /** Runs when the fault has ended, however it did; the last one first. */
  defer(task: () => Promise<void> | void): void
}

export type FaultId = `F${number}`

export type Fault = {
  readonly id: FaultId
  readonly title: string
  run(context: FaultContext): Promise<void>
}

/** What is broken when they differ; nothing otherwise. */
export function expectSame(c: FaultContext, what: string, found: unknown, wanted: unknown): void {
  try {
    deepStrictEqual(found, wanted)
  } catch {
    c.broken(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`)
  }
}
