/**
 * The page runs patterns of strangers, and the browser's engine can take for ever over a bad one. What may repeat inside
 * what repeats, refers back, or repeats twice in a row the same way is not run here; the server checks it.
 */
const MAX_LENGTH = 300
const MAX_COUNT = 1_000

export function isSafePattern(pattern: string): boolean {
  if (pattern.length > MAX_LENGTH || /\\[1-9]|\\k</.test(pattern)) return false
  try {
    void new RegExp(pattern, 'u')
  } catch {
    return false
  }
  const plain = pattern.replace(/\\./gsu, 'x').replace(/\[[^\]]*\]/gu, 'x')
  return !nestsRepeats(plain) && countRepeats(plain) <= 4 && hasSmallCounts(plain)
}

/** Each of k open-ended repeats of the same letters costs a factor of the length. */
function countRepeats(plain: string): number {
  return plain.match(/[*+]|\{\d+,\}/g)?.length ?? 0
}

function hasSmallCounts(plain: string): boolean {
  const counts = [...plain.matchAll(/\{(\d+)(?:,(\d*))?\}/g)]
  return counts.every(([, from, to]) => Number(from) <= MAX_COUNT && Number(to ?? 0) <= MAX_COUNT)
}

function nestsRepeats(plain: string): boolean {
  const groups: boolean[] = []
  for (let at = 0; at < plain.length; at += 1) {
    const char = plain[at]
    if (char === '(') groups.push(false)
    else if (char === ')') {
      const repeatsInside = groups.pop() ?? false
      const isRepeated = /^(?:[*+]|\{)/.test(plain.slice(at + 1))
      if (repeatsInside && isRepeated) return true
      if ((repeatsInside || isRepeated) && groups.length > 0) groups[groups.length - 1] = true
    } else if (
      char === '*' ||
      char === '+' ||
      char === '{' ||
      char === '|' ||
      (char === '?' && plain[at - 1] !== '(')
    ) {
      if (groups.length > 0) groups[groups.length - 1] = true
    }
  }
  return false
}
