/** Runs one fault and says what came of it. */
import type { Bar, Fault, FaultContext, FaultId } from './fault.ts'

export type Figure = {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly bar: Bar | null
  readonly missed: boolean
}

export type Outcome = {
  readonly id: FaultId
  readonly title: string
  readonly seed: number
  readonly size: FaultContext['size']
  readonly seconds: number
  readonly figures: readonly Figure[]
  readonly broken: readonly string[]
  readonly notes: readonly string[]
}

/** How long something took is the machine's business in a slice, which runs beside other tests. */
const UNITS_OF_TIME = new Set(['s', 'ms', '1/s', '×'])

export async function runFault(
  fault: Fault,
  { seed, size, signal }: Pick<FaultContext, 'seed' | 'size' | 'signal'>,
): Promise<Outcome> {
  const figures: Figure[] = []
  const broken: string[] = []
  const notes: string[] = []
  const tasks: (() => Promise<void> | void)[] = []
  const began = performance.now()
  const context: FaultContext = {
    seed,
    size,
    signal,
    random: createRandom(seed),
    figure(name, value, unit, bar) {
      const judged = size === 'full' || !UNITS_OF_TIME.has(unit)
      figures.push({ name, value, unit, bar: bar ?? null, missed: judged && !isWithin(value, bar) })
    },
    broken: (sentence) => void broken.push(sentence),
    note: (line) => void notes.push(line),
    defer: (task) => void tasks.push(task),
  }
  const attempt = async (what: string, task: () => Promise<void> | void) => {
    try {
      await task()
    } catch (error) {
      broken.push(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    }
  }
  await attempt('it ended early', () => fault.run(context))
  for (const task of tasks.toReversed()) await attempt('it could not be cleaned up', task)
  const seconds = Math.round((performance.now() - began) / 100) / 10
  return { id: fault.id, title: fault.title, seed, size, seconds, figures, broken, notes }
}

/** A figure that is no number keeps no bar. */
function isWithin(value: number, { atMost = Infinity, atLeast = -Infinity }: Bar = {}): boolean {
  return value <= atMost && value >= atLeast
}

/** Every sentence that makes the run a failure; empty: it passed. */
export function listFailures({ broken, figures }: Outcome): readonly string[] {
  const missed = figures.filter((figure) => figure.missed).map((figure) => renderFigure(figure))
  return [...broken, ...missed]
}

export function renderFigure({ name, value, unit, bar, missed }: Figure): string {
  const bound = bar?.atMost === undefined ? ` (at least ${bar?.atLeast})` : ` (at most ${bar.atMost})`
  const shown = Math.round(value * 1000) / 1000
  return `${name}: ${shown} ${unit}${bar === null ? '' : bound}${missed ? ' MISSED' : ''}`
}

/** mulberry32: small, and the same on every machine. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
