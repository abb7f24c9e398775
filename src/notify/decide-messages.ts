/** What of all that waits goes out now: each by itself, or together. Pure. */
import type { Channel, Notice, QuietHours } from '../domain/notification.ts'

/** Beyond so many at once they are told together. */
const DIGEST_FROM = 5
const DAY_MINUTES = 24 * 60

export type Outgoing = { readonly notices: readonly Notice[]; readonly isDigest: boolean }

export function decideMessages(
  channel: Pick<Channel, 'maxPerHour' | 'quiet'>,
  due: readonly Notice[],
  sentLastHour: number,
  now: number,
): readonly Outgoing[] {
  const isQuiet = channel.quiet !== null && isWithin(channel.quiet, now)
  const ready = isQuiet ? due.filter(({ urgency }) => urgency === 'now') : due
  const room = channel.maxPerHour - sentLastHour
  if (ready.length === 0 || room <= 0) return []
  if (ready.length >= DIGEST_FROM || ready.length > room)
    return [{ notices: ready, isDigest: ready.length > 1 }]
  return ready.map((notice) => ({ notices: [notice], isDigest: false }))
}

export function isWithin({ from, to }: QuietHours, now: number): boolean {
  const minute = Math.floor(now / 60_000) % DAY_MINUTES
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to
}

const FIRST_MS = 30_000
const LONGEST_MS = 60 * 60_000
export const MAX_ATTEMPTS = 10

/** Doubles from half a minute to an hour, with a quarter of chance. @param fraction from 0 to 1 */
export function decideDelay(attempts: number, askedMs: number | null, fraction: number): number {
  const step = Math.min(FIRST_MS * 2 ** Math.max(0, attempts - 1), LONGEST_MS)
  return Math.max(step * (1 + fraction / 4), Math.min(askedMs ?? 0, LONGEST_MS))
}
