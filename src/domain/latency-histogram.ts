/**
 * How long calls took, in a few numbers whatever their count: buckets that grow by 4 %, so that a value read from them
 * is at most 2 % off. Two of them add up to one, over any time and any number of servers.
 */

/** Bucket → how many fell into it. */
export type LatencyHistogram = Map<number, number>

const SMALLEST_MS = 0.01
const GROWTH = Math.log(1.04)
/** Beyond ten minutes, the longest deadline there is, by far. */
const LAST = 500

export function addLatency(histogram: LatencyHistogram, milliseconds: number): void {
  const bucket = milliseconds <= SMALLEST_MS ? 0 : Math.ceil(Math.log(milliseconds / SMALLEST_MS) / GROWTH)
  const bounded = Math.min(bucket, LAST)
  histogram.set(bounded, (histogram.get(bounded) ?? 0) + 1)
}

export function mergeLatencies(into: LatencyHistogram, other: LatencyHistogram): void {
  for (const [bucket, count] of other) into.set(bucket, (into.get(bucket) ?? 0) + count)
}

/**
 * By nearest rank: what so many of a hundred do not exceed, in milliseconds; 0 when it is empty.
 * @param max the longest, where it is known: no percentile is beyond it
 */
export function readPercentiles(
  histogram: LatencyHistogram,
  ranks: readonly number[],
  max: number,
): readonly number[] {
  const buckets = [...histogram].toSorted(([a], [b]) => a - b)
  const total = buckets.reduce((sum, [, count]) => sum + count, 0)
  return ranks.map((rank) => {
    let place = 0
    for (const [bucket, count] of buckets) {
      place += count
      if (place * 100 >= total * rank) return Math.min(max, SMALLEST_MS * Math.exp(GROWTH * (bucket - 0.5)))
    }
    return 0
  })
}

/** `bucket:count` with commas between, for storing. */
export function encodeLatencies(histogram: LatencyHistogram): string {
  return [...histogram].map(([bucket, count]) => `${bucket}:${count}`).join(',')
}

/** What is no histogram reads as an empty one. */
export function decodeLatencies(text: string): LatencyHistogram {
  const histogram: LatencyHistogram = new Map()
  for (const [, bucket, count] of text.matchAll(/(?:^|,)(\d{1,3}):(\d{1,15})(?=,|$)/g))
    histogram.set(Number(bucket), Number(count))
  return histogram
}
