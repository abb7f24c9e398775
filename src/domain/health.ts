/** What is known of a server's life, and from what: three questions, each with the evidence that answered it last. */
import type { Health } from './server-state.ts'

/** `call`: any answer to a caller since the look before. */
export const PROBES = ['initialize', 'ping', 'server/discover', 'health_check_url', 'call'] as const
export type Probe = (typeof PROBES)[number]

export type Evidence = {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly how: Probe
  readonly passed: boolean
  /** How long the answer took; null where none came, or nobody asked. */
  readonly ms: number | null
  /** Why it did not pass; null when it did. */
  readonly detail: string | null
}

/** Of the main process. */
export type ServerHealth = {
  readonly startup: {
    readonly status: 'none' | 'pending' | 'passed' | 'failed'
    readonly evidence: Evidence | null
  }
  readonly liveness: {
    readonly status: Health
    readonly evidence: Evidence | null
    readonly misses: number
    readonly passes: number
  }
  /** Whether calls go to it. */
  readonly readiness: { readonly ready: boolean; readonly since: number; readonly reason: string | null }
  /** What was seen since the daemon started, the latest last; at most HEALTH_SLOTS. */
  readonly history: readonly (Evidence & { readonly health: Health })[]
}

export const HEALTH_SLOTS = 90

/** In a row. One missed probe of a server that lives is nothing; what was unhealthy has to show that it is not. */
export type HealthRules = {
  /** For the answer to one probe. */
  readonly timeoutSeconds: number
  /** So many end it; half of them make it unhealthy. */
  readonly failures: number
  readonly successes: number
}

export const DEFAULT_HEALTH_RULES: HealthRules = { timeoutSeconds: 5, failures: 3, successes: 2 }

export type Vigil = { readonly health: Health; readonly misses: number; readonly passes: number }

/** What a probe makes of what is known. Pure; with `failures` misses the server is dead. */
export function judgeProbe(
  { health, misses, passes }: Vigil,
  passed: boolean,
  { failures, successes }: Pick<HealthRules, 'failures' | 'successes'>,
): Vigil {
  if (passed) {
    const inRow = passes + 1
    const isStillSick = health === 'unhealthy' && inRow < successes
    return { health: isStillSick ? 'unhealthy' : 'healthy', misses: 0, passes: inRow }
  }
  const inRow = misses + 1
  return { health: inRow >= Math.ceil(failures / 2) ? 'unhealthy' : health, misses: inRow, passes: 0 }
}

/** Of a server that the supervisor does not know. */
export function buildNoHealth(since: number): ServerHealth {
  return {
    startup: { status: 'none', evidence: null },
    liveness: { status: 'unknown', evidence: null, misses: 0, passes: 0 },
    readiness: { ready: false, since, reason: 'It is not known to run.' },
    history: [],
  }
}
