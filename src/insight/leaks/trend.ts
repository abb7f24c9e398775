/** Slopes that outliers do not bend: the median of the slopes of all pairs (Theil–Sen), with a 99 % interval. Pure. */
export type Trend = { readonly slope: number; readonly low: number; readonly high: number }

/** Two-sided 99 % of the normal distribution. */
const Z = 2.576

/** @param x rising. Fewer than three points have no trend. */
export function findTrend(x: readonly number[], y: readonly number[]): Trend | null {
  const n = y.length
  if (n < 3) return null
  const slopes = new Float64Array((n * (n - 1)) / 2)
  let count = 0
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) slopes[count++] = (y[j]! - y[i]!) / (x[j]! - x[i]!)
  }
  slopes.sort()
  // Sen 1968: the spread of Kendall's S, counted off from both ends of the sorted slopes.
  const spread = Z * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)
  const low = Math.max(0, Math.floor((count - spread) / 2))
  const high = Math.min(count - 1, Math.ceil((count + spread) / 2))
  return { slope: median(slopes), low: slopes[low]!, high: slopes[high]! }
}

/** Of sorted numbers. */
export function median(sorted: ArrayLike<number>): number {
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** One step makes more than half of the rise: something happened once, and nothing grows. */
export function isOneStep(y: readonly number[]): boolean {
  const rise = y.at(-1)! - y[0]!
  let largest = 0
  for (let i = 1; i < y.length; i++) largest = Math.max(largest, y[i]! - y[i - 1]!)
  return largest > rise / 2
}
