/** What a layer reports, before it is fingerprinted, shortened and put in order. */
import {
  buildFingerprint,
  compareFindings,
  type Confidence,
  type Finding,
  type Layer,
  type Severity,
} from '../../domain/finding.ts'
import { maskSecrets } from './layers/secret-patterns.ts'

export type RawFinding = {
  readonly ruleId: string
  readonly severity: Severity
  readonly confidence: Confidence
  readonly file: string | null
  readonly line: number | null
  readonly reason: string
  readonly fix: string
  readonly cwe: string | null
  /** What was seen, raw: the fingerprint is made of it. */
  readonly evidence: string
  /** Shown instead of the evidence, where that would give a secret away or say nothing. */
  readonly shown?: string
}

const EXCERPT_CHARACTERS = 160
/** One pattern that a file repeats is one problem. */
const PER_RULE_AND_FILE = 10
/** What fits the worker's answer; the worst come first. */
const MAX_FINDINGS = 200

/** Worst first, so that no flood of small ones hides it; equal ones of one file are told apart by their order in it. */
export function finishFindings(raw: readonly (RawFinding & { readonly layer: Layer })[]): Finding[] {
  const seen = new Map<string, number>()
  const perRule = new Map<string, number>()
  const finished: Finding[] = []
  for (const { evidence, shown, ...rest } of raw) {
    const { ruleId, file } = rest
    const key = `${ruleId}\0${file ?? ''}\0${evidence}`
    const occurrence = seen.get(key) ?? 0
    seen.set(key, occurrence + 1)
    const fingerprint = buildFingerprint({ ruleId, file, evidence }, occurrence)
    finished.push({ ...rest, excerpt: shorten(shown ?? maskSecrets(evidence)), fingerprint })
  }
  return finished
    .sort(compareFindings)
    .filter(({ ruleId, file }) => {
      const group = `${ruleId}\0${file ?? ''}`
      const count = (perRule.get(group) ?? 0) + 1
      perRule.set(group, count)
      return count <= PER_RULE_AND_FILE
    })
    .slice(0, MAX_FINDINGS)
}

function shorten(text: string): string | null {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  if (line === '') return null
  return line.length > EXCERPT_CHARACTERS ? `${line.slice(0, EXCERPT_CHARACTERS - 1)}…` : line
}
