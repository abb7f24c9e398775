/** The words for each tier: what was seen, no more. Pure. */
import type { Exhaustion } from './forecast-exhaustion.ts'
import type { Leak } from './confirm-leak.ts'
import type { Trend } from './trend.ts'

const rate = (mib: number) => (mib < 9.95 ? mib.toFixed(1) : mib.toFixed(0))
const hours = (value: number) => (value < 1 ? 'less than an hour' : `${value.toFixed(0)} h`)

const between = ({ slope, low, high }: Trend) => `grows ${rate(slope)} MiB/h (${rate(low)}–${rate(high)})`

export function describeExhaustion(found: Exhaustion): string {
  return `${between(found)}, reaches the limit in ${hours(found.hours)} if it continues`
}

export function describeGrowth(found: Trend): string {
  return `${between(found)} over two days: growing, may be a cache`
}

export function describeLeak({ slopes }: Leak): string {
  const each = slopes.map(rate).join(', ')
  return `grew in each of ${slopes.length} runs and started afresh after each restart (${each} MiB/h): a leak`
}

/** @param tool null where it is not one tool alone */
export function describePerCall(kib: number, tool: string | null): string {
  const size = kib < 1000 ? `${Number(kib.toPrecision(2))} KiB` : `${(kib / 1024).toFixed(1)} MiB`
  return `≈ ${size} per call${tool === null ? '' : ` of \`${tool}\``}`
}
