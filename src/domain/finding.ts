/**
 * What a look at a stranger's code found, whoever looked: the scanner, the dry run, the linter of tool metadata.
 * A finding is advice; the sandbox and the egress list are the control. The policy makes a verdict of findings.
 */
import { createHash } from 'node:crypto'

export const LAYERS = [
  'archive',
  'secrets',
  'code',
  'dependencies',
  'dry_run',
  'metadata',
  'scanner',
] as const
export type Layer = (typeof LAYERS)[number]

/** Worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const
export type Severity = (typeof SEVERITIES)[number]

/** Surest first. */
export const CONFIDENCES = ['high', 'medium', 'low'] as const
export type Confidence = (typeof CONFIDENCES)[number]

export type Finding = {
  /** For example `secret.aws_access_key`; stable, since suppressions and scripts name it. */
  readonly ruleId: string
  readonly layer: Layer
  readonly severity: Severity
  readonly confidence: Confidence
  /** Relative to the root of what was looked at; null where there is no one file. */
  readonly file: string | null
  /** From 1. */
  readonly line: number | null
  /** One sentence each: why this matters, what to do. */
  readonly reason: string
  readonly fix: string
  /** For example `CWE-78`. */
  readonly cwe: string | null
  /** What was seen, shortened, with every secret masked. */
  readonly excerpt: string | null
  /** The same finding keeps it when lines move; see buildFingerprint. */
  readonly fingerprint: string
}

/** `review`: a person with the right to approves it before it starts. `block`: it does not come in. */
export const VERDICTS = ['pass', 'review', 'block'] as const
export type Verdict = (typeof VERDICTS)[number]

/** At least this bad and at least this sure. */
export type Threshold = { readonly severity: Severity; readonly confidence: Confidence }

/** Null: nothing leads to that verdict by its severity. */
export type ScanPolicy = { readonly block: Threshold | null; readonly review: Threshold | null }

export const DEFAULT_SCAN_POLICY = {
  block: { severity: 'critical', confidence: 'high' },
  review: { severity: 'high', confidence: 'medium' },
} as const satisfies ScanPolicy

/** What was not looked at cannot pass, whatever the policy says of severities. */
const UNSEEN_RULE = 'scanner.incomplete'

export function decideVerdict(findings: readonly Finding[], policy: ScanPolicy): Verdict {
  if (findings.some((finding) => reaches(finding, policy.block))) return 'block'
  const isDoubtful = (finding: Finding) => finding.ruleId === UNSEEN_RULE || reaches(finding, policy.review)
  return findings.some(isDoubtful) ? 'review' : 'pass'
}

function reaches(finding: Finding, threshold: Threshold | null): boolean {
  if (threshold === null) return false
  return (
    SEVERITIES.indexOf(finding.severity) <= SEVERITIES.indexOf(threshold.severity) &&
    CONFIDENCES.indexOf(finding.confidence) <= CONFIDENCES.indexOf(threshold.confidence)
  )
}

/**
 * 32 hex digits of rule, file and what was seen, white space aside: the line is not in it, so that an edit above does
 * not make a known finding a new one. `occurrence` tells equal ones of one file apart, from 0.
 */
export function buildFingerprint(
  seen: { readonly ruleId: string; readonly file: string | null; readonly evidence: string },
  occurrence = 0,
): string {
  const evidence = seen.evidence.replaceAll(/\s+/g, ' ').trim()
  const parts = [seen.ruleId, seen.file ?? '', evidence, String(occurrence)]
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32)
}

/** Worst first, then by place: the order in which findings are shown. */
export function compareFindings(one: Finding, other: Finding): number {
  return (
    SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
    CONFIDENCES.indexOf(one.confidence) - CONFIDENCES.indexOf(other.confidence) ||
    compareText(one.file ?? '', other.file ?? '') ||
    (one.line ?? 0) - (other.line ?? 0) ||
    compareText(one.ruleId, other.ruleId)
  )
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
