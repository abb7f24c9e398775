import { randomBytes, randomFillSync } from 'node:crypto'
import { buildId, buildUuid, type IdOf } from '../domain/id.ts'
import { systemClock } from './clock.ts'

/** A new identifier: `prefix`_…, sorted by time. */
export function createId<K extends keyof IdOf>(prefix: K): IdOf[K] {
  return buildId(prefix, systemClock.now(), randomBytes(16))
}

/** A new UUID that sorts by time. */
export function createUuid(): string {
  return buildUuid(systemClock.now(), randomBytes(10))
}

/** Unguessable text of `bytes` random bytes, base64url. */
export function createToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url')
}

/** Names one request in its answer and in the log. */
export function createRequestId(): string {
  return `req_${createToken(12)}`
}

/** Uniform in [0, 1). */
export function randomFraction(): number {
  return randomBytes(6).readUIntBE(0, 6) / 2 ** 48
}

/** Key material. */
export function createKey(bytes = 32): Buffer {
  return randomBytes(bytes)
}

/** One look at the kernel for many names: each call may need two. */
const pool = Buffer.alloc(4096)
let used = pool.length

/** A string of its own, no part of a longer one: what keeps it keeps nothing else. */
function createHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString('hex', used - bytes, used)
}

/** 32 hex digits that name a trace. */
export function createTraceId(): string {
  return createHex(16)
}

/** 16 hex digits that name a span. */
export function createSpanId(): string {
  return createHex(8)
}
