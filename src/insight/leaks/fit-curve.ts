/** Does it approach a ceiling, as a cache that fills, or go on? Two curves compared by what they leave unexplained. Pure. */
export type Fit = {
  /** Squares of what is left, summed. */
  readonly rest: number
  readonly a: number
  readonly b: number
}

/** y = a + b·x by least squares. */
export function fitLine(x: readonly number[], y: readonly number[]): Fit {
  const n = x.length
  const meanX = x.reduce((sum, value) => sum + value, 0) / n
  const meanY = y.reduce((sum, value) => sum + value, 0) / n
  let xx = 0
  let xy = 0
  for (let i = 0; i < n; i++) {
    xx += (x[i]! - meanX) ** 2
    xy += (x[i]! - meanX) * (y[i]! - meanY)
  }
  const b = xx === 0 ? 0 : xy / xx
  const a = meanY - b * meanX
  let rest = 0
  for (let i = 0; i < n; i++) rest += (y[i]! - a - b * x[i]!) ** 2
  return { rest, a, b }
}

const TIME_CONSTANTS = [6, 12, 24, 48, 72] as const

/** y = a + b·(1 − e^(−t/τ)), the best τ in hours; a + b is the ceiling. @param x hours since the first */
export function fitSaturation(
  x: readonly number[],
  y: readonly number[],
): Fit & { readonly ceiling: number } {
  let best: Fit | null = null
  for (const tau of TIME_CONSTANTS) {
    const fit = fitLine(
      x.map((t) => 1 - Math.exp(-t / tau)),
      y,
    )
    if (best === null || fit.rest < best.rest) best = fit
  }
  const { rest, a, b } = best!
  return { rest, a, b, ceiling: a + b }
}

/** Neighbours resemble one another, so that four of them tell about as much as one. */
const NEIGHBOURS = 4
const MORE_THAN_CHANCE = 6

/** By Akaike's criterion. @param parameters of the one and the other */
export function isBetter(
  one: Fit,
  other: Fit,
  n: number,
  [ones, others]: readonly [number, number] = [2, 2],
): boolean {
  const gain = (n / NEIGHBOURS) * Math.log((other.rest + 1e-9) / (one.rest + 1e-9)) + 2 * (others - ones)
  return gain > MORE_THAN_CHANCE
}
