/** Does a Python version satisfy a `requires-python` (PEP 440, releases only)? Unknown forms count as satisfied. */
export function satisfiesPython(version: string, specifier: string): boolean {
  const own = parseRelease(version)
  return specifier.split(',').every((clause) => {
    const match = /^\s*(>=|<=|>|<|==|!=|~=)\s*(\d+(?:\.\d+)*)(\.\*)?\s*$/.exec(clause)
    if (match === null) return true
    const [, operator, release = '', star] = match
    const wanted = parseRelease(release)
    const order = compare(own, wanted)
    const isPrefix = wanted.every((part, n) => own[n] === part)
    switch (operator) {
      case '>=':
        return order >= 0
      case '<=':
        return order <= 0
      case '>':
        return order > 0
      case '<':
        return order < 0
      case '!=':
        return star === undefined ? order !== 0 : !isPrefix
      case '==':
        return star === undefined ? order === 0 : isPrefix
      // ~= 3.10.2 means >= 3.10.2 and == 3.10.*
      default:
        return order >= 0 && wanted.slice(0, -1).every((part, n) => own[n] === part)
    }
  })
}

/** The first dotted number in the text: 'Python 3.11.2' → [3, 11, 2]. */
function parseRelease(text: string): readonly number[] {
  return (/\d+(?:\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number)
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let n = 0; n < Math.max(a.length, b.length); n++) {
    const difference = (a[n] ?? 0) - (b[n] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
