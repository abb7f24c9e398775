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

const TRACE_BYTES = 24
/** One look at the kernel for many traces: each call may need one. */
const traces = Buffer.alloc(TRACE_BYTES * 170)
let used = traces.length

/** 16 hex digits that name a span. */
export function createSpanId(): string {
  return createTraceparent().slice(36, 52)
}

/** A W3C `traceparent` of a new trace, sampled. */
export function createTraceparent(): string {
  if (used === traces.length) {
    randomFillSync(traces)
    used = 0
  }
  const text = traces.toString('hex', used, used + TRACE_BYTES)
  used += TRACE_BYTES
  return `00-${text.slice(0, 32)}-${text.slice(32)}-01`
}
