/**
 * Identifiers: a type prefix, then 26 characters of Crockford base32 that sort by creation time
 * (the ULID layout: 48 bits of milliseconds, 80 random bits).
 */
declare const kind: unique symbol
type Id<K extends string> = string & { readonly [kind]: K }

export type ServerId = Id<'srv'>
export type VersionId = Id<'ver'>
export type InstanceId = Id<'ins'>
export type OperationId = Id<'op'>
export type TokenId = Id<'tok'>
export type UserId = Id<'usr'>
export type SessionId = Id<'ses'>
export type IncidentId = Id<'inc'>
export type RecommendationId = Id<'rec'>

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** What each prefix names. */
export type IdOf = {
  readonly srv: ServerId
  readonly ver: VersionId
  readonly ins: InstanceId
  readonly op: OperationId
  readonly tok: TokenId
  readonly usr: UserId
  readonly ses: SessionId
  readonly inc: IncidentId
  readonly rec: RecommendationId
  /** A channel of notifications, and one notice. */
  readonly chn: string
  readonly ntc: string
}

/** @param milliseconds wall clock since the epoch. @param random at least 16 bytes. */
export function buildId<K extends keyof IdOf>(prefix: K, milliseconds: number, random: Uint8Array): IdOf[K] {
  let time = ''
  for (let rest = milliseconds, n = 0; n < 10; n++, rest = Math.floor(rest / 32)) {
    time = ALPHABET[rest % 32] + time
  }
  let tail = ''
  for (let i = 0; i < 16; i++) tail += ALPHABET[(random[i] ?? 0) % 32]
  return `${prefix}_${time}${tail}` as IdOf[K]
}

/** A UUID, version 7 (RFC 9562): sorts by time. @param random at least 10 bytes. */
export function buildUuid(milliseconds: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16)
  for (let rest = milliseconds, at = 5; at >= 0; at--, rest = Math.floor(rest / 256)) bytes[at] = rest % 256
  bytes.set(random.subarray(0, 10), 6)
  bytes[6] = 0x70 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/**
 * A server's name: what stands in its URL, its log folder's listing and every command.
 * Lower-case letters, digits and hyphens, starting with a letter, at most 63 characters (RFC 1123 label).
 */
export const SERVER_NAME = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/
