/** 0 to 4, by length and variety alone; what everybody tries first the platform itself refuses. */
export function rateStrength(password: string): number {
  const letters = Array.from(password)
  if (letters.length < 8) return 0
  const distinct = new Set(letters).size
  if (distinct < 5) return 1
  const bits =
    letters.length * Math.log2(alphabetOf(password)) * Math.min(1, distinct / (letters.length * 0.6))
  return bits < 45 ? 1 : bits < 60 ? 2 : bits < 80 ? 3 : 4
}

function alphabetOf(password: string): number {
  const sets: (readonly [RegExp, number])[] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/\d/, 10],
    [/[ -/:-@[-`{-~]/, 33],
    [/[^\x20-\x7e]/, 100],
  ]
  return sets.reduce((sum, [pattern, size]) => sum + (pattern.test(password) ? size : 0), 0)
}
