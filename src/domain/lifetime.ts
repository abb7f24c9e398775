/**
 * How long a server lives. It never goes silently: what it is, it keeps in an archive for a time of grace, and each
 * step is told, the first and the last of them a day ahead.
 */
import { AppError } from './error.ts'

export type Lifetime = {
  /** Milliseconds since the epoch; null: for good. */
  readonly expiresAt: number | null
  /** When its next step was told; null: not yet. */
  readonly announcedAt: number | null
  /** Null while it is hosted. */
  readonly archived: { readonly at: number; readonly why: string } | null
}

export const FOR_GOOD: Lifetime = { expiresAt: null, announcedAt: null, archived: null }

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
/** Beyond it a number is a slip. */
const MAX_DAYS = 36_500

/** `2026-12-01T00:00:00Z`, or from now on: `90m`, `12h`, `30d`. Null when it is neither. */
function parseExpiry(text: string, now: number): number | null {
  const [, count, unit = ''] = /^([1-9]\d{0,6})([mhd])$/.exec(text) ?? []
  if (count !== undefined) {
    const length = Number(count) * (UNITS[unit] ?? 0)
    return length > MAX_DAYS * 86_400_000 ? null : now + length
  }
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/.test(text)) return null
  const time = Date.parse(text)
  return Number.isNaN(time) ? null : time
}

export const isExpiry = (text: string): boolean => parseExpiry(text, 0) !== null

/** Throws AppError `invalid_config` for a time that is over. @param text null: for good */
export function resolveExpiry(text: string | null, now: number): number | null {
  if (text === null) return null
  const time = parseExpiry(text, now)
  if (time !== null && time > now) return time
  throw new AppError(
    'invalid_config',
    time === null ? `expires_at: ${EXPIRY_RULE}` : `expires_at: ${text} is over already`,
    { hint: 'Give a time to come, for example 30d, or null for a server that stays.' },
  )
}

export const EXPIRY_RULE = 'must be a time such as 2026-12-01T00:00:00Z, or from now on such as 12h or 30d'
