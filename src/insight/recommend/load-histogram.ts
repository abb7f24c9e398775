/**
 * CPU use by how much of it there was, old use fading. A limit on CPU must not come from a plain percentile of use: the
 * limit lowers the use that is seen, that lowers the percentile, and that the limit. So the percentile is taken of the
 * load: each bucket counts by its weight times its value, the share of all work that a limit would serve.
 */
const RATIO = 1.05
const FIRST_MILLICORES = 5
const BUCKETS = 170
/** Upper ends: the first bucket is 5 millicores wide, each next one 5 % wider. */
const ENDS = Float64Array.from(
  { length: BUCKETS },
  (_, index) => (FIRST_MILLICORES * (RATIO ** (index + 1) - 1)) / (RATIO - 1),
)
/** Weights grow instead of all old ones shrinking; before they grow too large for a double they are scaled back. */
const RESCALE_AT = 2 ** 200

export type LoadHistogram = {
  readonly samples: () => number
  readonly add: (atHours: number, millicores: number) => void
  /** So many uses of one bucket, as a daily profile keeps them. */
  readonly addCounted: (atHours: number, bucket: number, count: number) => void
  readonly percentile: (share: number) => number
  readonly loadPercentile: (share: number) => number
}

export function createLoadHistogram(halfLifeHours: number): LoadHistogram {
  const weights = new Float64Array(BUCKETS)
  let origin: number | undefined
  let samples = 0

  function walk(share: number, worth: (bucket: number) => number): number {
    let total = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) total += worth(bucket)
    if (total === 0) return 0
    let passed = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      passed += worth(bucket)
      if (passed >= share * total) return ENDS[bucket]!
    }
    return ENDS[BUCKETS - 1]!
  }

  function addCounted(atHours: number, bucket: number, count: number): void {
    origin ??= atHours
    let weight = 2 ** ((atHours - origin) / halfLifeHours)
    if (weight > RESCALE_AT) {
      for (let index = 0; index < BUCKETS; index++) weights[index]! /= weight
      origin = atHours
      weight = 1
    }
    weights[Math.min(BUCKETS - 1, Math.max(0, bucket))]! += weight * count
    samples += count
  }

  return {
    samples: () => samples,
    add: (atHours, millicores) => addCounted(atHours, findBucket(millicores), 1),
    addCounted,
    percentile: (share) => walk(share, (bucket) => weights[bucket]!),
    loadPercentile: (share) => walk(share, (bucket) => weights[bucket]! * ENDS[bucket]!),
  }
}

export function findBucket(millicores: number): number {
  if (!(millicores > 0)) return 0
  const index = Math.floor(Math.log1p((millicores * (RATIO - 1)) / FIRST_MILLICORES) / Math.log(RATIO))
  return Math.min(BUCKETS - 1, index)
}
