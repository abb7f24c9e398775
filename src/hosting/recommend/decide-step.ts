/** How far a setting goes towards what is recommended in one step. Pure. */
import type { Recommendation, Resource, Setting } from '../../domain/recommendation.ts'

const DAY_MS = 86_400_000
/** Less by so much a day at most. */
const LEAST_LEFT = 0.7
/** Never nearer than this to what is in use now. */
const ROOM = 1.2
const MIB = 2 ** 20
const STEPS: Partial<Readonly<Record<Resource, number>>> = { memory_mb: 8, cpu_percent: 5 }

export type Step =
  | { readonly kind: 'to'; readonly value: Setting }
  | { readonly kind: 'not'; readonly why: string }

/**
 * @param memoryBytes of its largest process now; 0: none runs
 * @param lowered when the same setting was last lowered
 */
export function decideStep(
  { resource, direction, current, proposed }: Recommendation,
  now: number,
  seen: { readonly memoryBytes: number; readonly lowered: number | null },
): Step {
  const step = STEPS[resource]
  if (direction === 'raise' || step === undefined) return { kind: 'to', value: proposed }
  if (seen.lowered !== null && now - seen.lowered < DAY_MS) {
    const next = new Date(seen.lowered + DAY_MS).toISOString()
    return { kind: 'not', why: `${resource} was lowered within a day; the next step may come at ${next}` }
  }
  const up = (value: number) => Math.ceil(value / step) * step
  const inUse = resource === 'memory_mb' ? up((ROOM * seen.memoryBytes) / MIB) : 0
  const value = Math.max(Number(proposed), up(LEAST_LEFT * Number(current)), inUse)
  return value < Number(current)
    ? { kind: 'to', value }
    : { kind: 'not', why: `it uses ${Math.round(seen.memoryBytes / MIB)} MiB now, too near to a lower limit` }
}
