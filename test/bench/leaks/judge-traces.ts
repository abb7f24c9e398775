/** Generated traces through the tiers of src/insight/leaks, as they would have been judged while they ran. */
import { forecastExhaustion } from '../../../src/insight/leaks/forecast-exhaustion.ts'
import { joinBlocks, type Floor } from '../../../src/insight/leaks/floor.ts'
import { judgeGrowth } from '../../../src/insight/leaks/judge-growth.ts'
import { createRandom } from '../replay/seeded.ts'
import { generateTraces, isLeaking } from '../replay/generate.ts'
import { STEPS_PER_DAY, type Trace } from '../replay/trace.ts'

const DAYS = 14
/** Blocks of ten minutes: two steps. */
const BLOCKS = (DAYS * STEPS_PER_DAY) / 2
const BLOCK_HOURS = 1 / 6

export type Judged = {
  readonly kind: string
  /** Tier A, in hours from the beginning; null: never. */
  readonly advisory: number | null
  readonly incident: number | null
  /** Tier B. */
  readonly verdict: number | null
  /** When it would have reached the limit; null where nothing leaks. */
  readonly exhausted: number | null
}

/** Two weeks of each, of a kind so many. Those that leak have 512 MiB, others a limit 15 % above their peak. */
export function judgeSeed(seed: number, aKind: number): Judged[] {
  const counts = new Map<string, number>()
  const traces = [...generateTraces(seed), ...generateSlow(seed, aKind)].filter(({ kind }) => {
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    return count <= aKind
  })
  return traces.map(judgeTrace)
}

/** What looks most like a leak and is none: AR(0.98), and a cache that fills for days. */
function generateSlow(seed: number, aKind: number): Trace[] {
  return ['ar', 'slow-cache'].flatMap((kind, kindIndex) =>
    Array.from({ length: aKind }, (_, index): Trace => {
      const random = createRandom(seed, 90_000 + kindIndex * 1000 + index)
      const b = 80 * random.lognormal(0, 0.35)
      const tau = random.uniform(24, 96) * 12
      const memory = new Float64Array(DAYS * STEPS_PER_DAY)
      let drift = 0
      for (let step = 0; step < memory.length; step++) {
        // By half hours, as the tier looks.
        if (step % 6 === 0) drift = 0.98 * drift + 0.02 * b * random.normal()
        const filled = kind === 'ar' ? drift : b * (1 - Math.exp(-step / tau))
        memory[step] = b * (1 + Math.abs(0.02 * random.normal())) + filled
      }
      const name = `${kind}-${seed}-${index}`
      return {
        name,
        kind,
        memory,
        cpu: new Float64Array(0),
        leak: 0,
        provisionedMib: 512,
        provisionedMillicores: 1000,
        warmUpDays: 1,
      }
    }),
  )
}

function judgeTrace(trace: Trace): Judged {
  const { memory, kind } = trace
  const leaks = isLeaking(trace)
  let peak = 0
  for (let step = 0; step < 2 * BLOCKS; step++) peak = Math.max(peak, memory[step]!)
  const limit = leaks ? trace.provisionedMib : 1.15 * peak
  const at: number[] = []
  const mib: number[] = []
  let advisory: number | null = null
  let incident: number | null = null
  let verdict: number | null = null
  for (let block = 0; block < BLOCKS; block++) {
    const time = block * BLOCK_HOURS
    const used = (step: number) => memory[step]! + trace.leak * step
    at.push(time)
    mib.push(Math.min(used(2 * block), used(2 * block + 1)))
    const high = Math.max(used(2 * block), used(2 * block + 1))
    if (leaks && high > limit) return { kind, advisory, incident, verdict, exhausted: time }
    // Two days are as far as any tier looks back.
    const recent: Floor = { at: at.slice(-13), mib: mib.slice(-13) }
    const found = incident === null ? forecastExhaustion(recent, limit) : null
    if (found !== null) advisory ??= time
    if (found?.level === 'incident') incident ??= time
    if (block % 6 === 5 && verdict === null && block >= 53 * 6) {
      const long = joinBlocks({ at: at.slice(-54 * 6), mib: mib.slice(-54 * 6) }, 0.5)
      if (judgeGrowth(long, limit) !== null) verdict = time
    }
  }
  return { kind, advisory, incident, verdict, exhausted: null }
}
