/** One server's recorded or generated use, a value every 5 minutes. */
export const STEPS_PER_HOUR = 12
export const STEPS_PER_DAY = 288

export type Trace = {
  readonly name: string
  readonly kind: string
  /** Memory in MiB. */
  readonly memory: Float64Array
  /** CPU in millicores that was wanted, without a quota. */
  readonly cpu: Float64Array | undefined
  /** What the server holds more each step since its last start, until it is killed. */
  readonly leak: number
  /** The limits people gave it. */
  readonly provisionedMib: number
  readonly provisionedMillicores: number
  readonly warmUpDays: number
}

export function countDays(trace: Trace): number {
  return Math.floor(trace.memory.length / STEPS_PER_DAY)
}

type Hours = { readonly peak: Float64Array; readonly sum: Float64Array }
const hoursOf = new WeakMap<Trace, Hours>()

/** Highest use and sum of uses of each hour, worked out once a trace. */
export function readHours(trace: Trace): Hours {
  const known = hoursOf.get(trace)
  if (known !== undefined) return known
  const count = Math.floor(trace.memory.length / STEPS_PER_HOUR)
  const hours = { peak: new Float64Array(count), sum: new Float64Array(count) }
  for (let step = 0; step < count * STEPS_PER_HOUR; step++) {
    const hour = Math.floor(step / STEPS_PER_HOUR)
    hours.peak[hour] = Math.max(hours.peak[hour]!, trace.memory[step]!)
    hours.sum[hour]! += trace.memory[step]!
  }
  hoursOf.set(trace, hours)
  return hours
}
