/** Tests that need no distribution: what could be chance is told as nothing. */

function logFactorial(n: number): number {
  let sum = 0
  for (let k = 2; k <= n; k++) sum += Math.log(k)
  return sum
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k)
}

/** Fisher's exact test, one-sided: how likely so many of `carriers` have it, when `having` of `all` do by chance. */
export function findChance(both: number, carriers: number, having: number, all: number): number {
  let chance = 0
  for (let k = both; k <= Math.min(carriers, having); k++) {
    if (having - k > all - carriers) continue
    chance += Math.exp(
      logChoose(carriers, k) + logChoose(all - carriers, having - k) - logChoose(all, having),
    )
  }
  return Math.min(1, chance)
}

/** The sign test, one-sided: how likely so many of `of` go one way, when each goes either way by chance. */
export function findSignChance(count: number, of: number): number {
  let chance = 0
  for (let k = count; k <= of; k++) chance += Math.exp(logChoose(of, k) - of * Math.LN2)
  return Math.min(1, chance)
}

/** Benjamini–Hochberg: the largest p that counts when so many were tried; 0: none does. */
export function findThreshold(chances: readonly number[], rate: number): number {
  const sorted = chances.toSorted((a, b) => a - b)
  const last = sorted.findLastIndex((p, index) => p <= (rate * (index + 1)) / sorted.length)
  return last === -1 ? 0 : sorted[last]!
}

const Z = 1.96

/** Wilson's interval of 95 % of a share. */
export function findInterval(count: number, of: number): readonly [low: number, high: number] {
  const share = count / of
  const square = Z ** 2
  const middle = (share + square / (2 * of)) / (1 + square / of)
  const half = (Z / (1 + square / of)) * Math.sqrt((share * (1 - share)) / of + square / (4 * of ** 2))
  return [Math.max(0, middle - half), Math.min(1, middle + half)]
}
