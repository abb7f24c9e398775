/** A setting in one line, as it would be typed. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'string') return value === '' ? '""' : value
  if (Array.isArray(value)) return value.length === 0 ? '[]' : value.map(showValue).join(', ')
  return JSON.stringify(value)
}
