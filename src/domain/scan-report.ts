/** A scan as it is kept and shown: what was looked at, what was found, and what became of it. */
import { SEVERITIES, type Finding, type Severity, type Verdict } from './finding.ts'

/** What an archive holds, as it was seen before anything of it ran. */
export type Inventory = {
  readonly files: number
  readonly bytes: number
  /** By language; text that is no program is not in it. */
  readonly languages: Readonly<Record<string, { readonly files: number; readonly bytes: number }>>
  /** Manifests and lock files. */
  readonly manifests: readonly string[]
  readonly nativeBinaries: number
  readonly nestedArchives: number
  /** Source files whose code was looked into. */
  readonly parsed: number
}

export type ScanReport = {
  /** SHA-256, hex, of the unpacked tree: names and contents. */
  readonly sourceHash: string
  /** Version of the rules; another one is another scan. */
  readonly ruleSet: string
  readonly inventory: Inventory
  /** Worst first. */
  readonly findings: readonly Finding[]
}

export type SeverityCounts = Readonly<Record<Severity, number>>

/** What a version keeps of its scan; its findings are kept beside it. */
export type VersionScan = {
  readonly verdict: Verdict
  readonly sourceHash: string
  readonly ruleSet: string
  readonly counts: SeverityCounts
}

/** Of a version with the verdict `review`. A pending one does not start. */
export type Review =
  | { readonly state: 'pending' }
  | { readonly state: 'approved'; readonly by: string; readonly reason: string; readonly at: number }

/** A finding that an administrator judged harmless; it no longer counts, until then. */
export type Suppression = {
  readonly fingerprint: string
  readonly reason: string
  readonly createdBy: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly expiresAt: number
}

export function countSeverities(findings: readonly Finding[]): SeverityCounts {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
  for (const { severity } of findings) counts[severity]++
  return counts
}

export function addCounts(one: SeverityCounts, other: SeverityCounts): SeverityCounts {
  return {
    critical: one.critical + other.critical,
    high: one.high + other.high,
    medium: one.medium + other.medium,
    low: one.low + other.low,
    info: one.info + other.info,
  }
}

/** `2 high, 1 low`; `nothing`. */
export function describeCounts(counts: SeverityCounts): string {
  const words = SEVERITIES.filter((severity) => counts[severity] > 0).map(
    (severity) => `${counts[severity]} ${severity}`,
  )
  return words.length === 0 ? 'nothing' : words.join(', ')
}

/** Scans by what was looked at and by which rules. Needed by intake, fulfilled by the store. */
export interface ScanCache {
  find(sourceHash: string, ruleSet: string): Promise<ScanReport | null>
  put(report: ScanReport): Promise<void>
}
