/** What the self-test of the sandbox found: attacks that were really tried, and which of them were stopped. */
import type { IsolationTier } from './enforcement.ts'

export type ProbeOutcome = 'blocked' | 'not_blocked' | 'not_applicable'

export type ProbeResult = {
  readonly id: string
  /** What was tried. */
  readonly title: string
  readonly outcome: ProbeOutcome
  /** The error or the effect that says so. */
  readonly evidence: string
  /** Does what is in force promise to stop it? */
  readonly promised: boolean
}

export type SelftestReport = {
  /** Of the sandbox that was attacked, as read back from the kernel. */
  readonly tier: IsolationTier
  /** How it got its host user: 1 to 4, or the name of a plain process's tier. */
  readonly way: string
  readonly probes: readonly ProbeResult[]
  readonly summary: {
    readonly blocked: number
    readonly not_blocked: number
    readonly not_applicable: number
    /** Attacks that got through although they should not have. */
    readonly broken: readonly string[]
    /** The tier is below what the configuration demands. */
    readonly too_weak: boolean
  }
}
