/** A stretch of time in an address: one of the usual, which goes on with the clock, or a fixed one. */
export const RANGES = { '15m': 900, '1h': 3_600, '6h': 21_600, '24h': 86_400, '7d': 604_800 } as const
export type RangeName = keyof typeof RANGES
export type TimeRange = { readonly from: number; readonly to: number; readonly name: RangeName | null }

const MIN_SECONDS = 30

/** @param now seconds since the epoch */
export function parseRange(text: string, now: number): TimeRange {
  const name = (Object.keys(RANGES) as RangeName[]).find((known) => known === text)
  if (name !== undefined) return { from: now - RANGES[name], to: now, name }
  const found = /^(\d{9,11})-(\d{9,11})$/.exec(text)
  const [from, to] = [Number(found?.[1]), Number(found?.[2])]
  if (found !== null && to - from >= MIN_SECONDS) return { from, to, name: null }
  return { from: now - RANGES['1h'], to: now, name: '1h' }
}

export function renderRange(from: number, to: number): string {
  return `${Math.floor(from)}-${Math.max(Math.ceil(to), Math.floor(from) + MIN_SECONDS)}`
}
