import { decodeJson } from '../domain/json.ts'

/**
 * A command as one string → its words: blanks separate, quotes and backslashes keep them; nothing is expanded.
 * A JSON array of strings is taken as it is. Null when a quote is open or the array holds something else.
 */
export function splitWords(text: string): string[] | null {
  const trimmed = text.trim()
  if (trimmed.startsWith('[')) return parseArray(trimmed)
  const words: string[] = []
  let word: string | null = null
  let quote: string | null = null
  for (let i = 0; i < trimmed.length; i++) {
    const char = trimmed[i] ?? ''
    if (quote !== null) {
      if (char === quote) quote = null
      else if (char === '\\' && quote === '"') word = (word ?? '') + (trimmed[++i] ?? '')
      else word = (word ?? '') + char
    } else if (char === '"' || char === "'") {
      quote = char
      word ??= ''
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word)
      word = null
    } else {
      word = (word ?? '') + (char === '\\' ? (trimmed[++i] ?? '') : char)
    }
  }
  if (quote !== null) return null
  return word === null ? words : [...words, word]
}

function parseArray(text: string): string[] | null {
  const value = decodeJson(text)
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : null
}
