/** What the gateway must know of a server before it picks a process for a request. */
import type { Era } from './process-key.ts'

/** Who shares a process: everybody, each principal, each session, or a pool of so many. */
export type Instances = (typeof SHARING)[number] | { readonly pool: number }
export const SHARING = ['shared', 'per_principal', 'per_session'] as const

/** What `pool:N` takes at most. */
const MAX_POOL = 32

/** As settings have it; null for anything else. */
export function parseInstances(text: string): Instances | null {
  const word = SHARING.find((known) => known === text)
  if (word !== undefined) return word
  const pool = Number(/^pool:([1-9][0-9]?)$/.exec(text)?.[1] ?? NaN)
  return pool <= MAX_POOL ? { pool } : null
}

export function renderInstances(instances: Instances): string {
  return typeof instances === 'string' ? instances : `pool:${instances.pool}`
}

/** What a session finds whose process was lost: another process, or that it is gone. */
export const SESSION_LOSS = ['resume', '404'] as const
export type SessionLoss = (typeof SESSION_LOSS)[number]

export type ServerTraits = {
  readonly instances: Instances
  /** Which its active version speaks; at least one. */
  readonly eras: readonly Era[]
  /** Of a server that speaks both: the client's own, or always the same. */
  readonly upstreamEra: 'match' | Era
  readonly onSessionLoss: SessionLoss
  /** Deadline of one call; absent: the platform's. */
  readonly callTimeoutMs?: number
}
