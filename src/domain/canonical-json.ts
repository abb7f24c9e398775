import type { Json } from './json.ts'

/**
 * The one text of a JSON value (RFC 8785), for hashes that other programs can repeat: members sorted by UTF-16 code
 * units, no white space, numbers and strings as ECMAScript writes them. Throws on what I-JSON has no text for: numbers
 * that are not finite, and lone surrogates.
 */
export function renderCanonicalJson(value: Json): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON text`)
    return JSON.stringify(value)
  }
  if (typeof value === 'string') return renderString(value)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map(renderCanonicalJson).join(',')}]`
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${renderString(key)}:${renderCanonicalJson(member)}`)
  return `{${members.join(',')}}`
}

function renderString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('a lone surrogate has no JSON text')
  return JSON.stringify(text)
}

/** Array.isArray does not narrow readonly arrays. */
function isList(value: object): value is readonly Json[] {
  return Array.isArray(value)
}
