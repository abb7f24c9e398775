type Named = { readonly label: string }

/** What holds every word, best first: a beginning before the beginning of a word before anywhere. */
export function rankItems<T extends Named>(items: readonly T[], text: string): readonly T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return items
  return items
    .map((item, index) => ({ item, index, rank: rank(item.label.toLowerCase(), words) }))
    .filter(({ rank: value }) => value !== null)
    .sort((a, b) => a.rank! - b.rank! || a.index - b.index)
    .map(({ item }) => item)
}

function rank(label: string, words: readonly string[]): number | null {
  let sum = 0
  for (const word of words) {
    const at = label.indexOf(word)
    if (at === -1) return null
    sum += at === 0 ? 0 : /[\s-]/.test(label[at - 1] ?? '') ? 1 : 2
  }
  return sum
}
