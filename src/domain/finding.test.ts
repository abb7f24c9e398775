import { describe, expect, it } from 'vitest'
import {
  buildFingerprint,
  compareFindings,
  decideVerdict,
  DEFAULT_SCAN_POLICY,
  type Confidence,
  type Finding,
  type Severity,
} from './finding.ts'

const build = (severity: Severity, confidence: Confidence, ruleId = 'code.x'): Finding => ({
  ruleId,
  layer: 'code',
  severity,
  confidence,
  file: 'a.py',
  line: 1,
  reason: '',
  fix: '',
  cwe: null,
  excerpt: null,
  fingerprint: '',
})

describe('decideVerdict', () => {
  it.each([
    ['critical', 'high', 'block'],
    ['critical', 'medium', 'review'],
    ['critical', 'low', 'pass'],
    ['high', 'high', 'review'],
    ['high', 'low', 'pass'],
    ['medium', 'high', 'pass'],
    ['info', 'high', 'pass'],
  ] as const)('makes of %s severity at %s confidence: %s', (severity, confidence, verdict) => {
    expect(decideVerdict([build('low', 'high'), build(severity, confidence)], DEFAULT_SCAN_POLICY)).toBe(
      verdict,
    )
  })

  it('passes what nothing was found in', () => {
    expect(decideVerdict([], DEFAULT_SCAN_POLICY)).toBe('pass')
  })

  it('lets nothing pass that was not looked at, even where severities never matter', () => {
    const unseen = build('info', 'low', 'scanner.incomplete')
    expect(decideVerdict([unseen], { block: null, review: null })).toBe('review')
    expect(decideVerdict([build('critical', 'high')], { block: null, review: null })).toBe('pass')
  })
})

it('gives the same finding the same fingerprint, whatever its line and spacing', () => {
  const seen = { ruleId: 'code.x', file: 'a.py', evidence: 'exec( x )' }
  expect(buildFingerprint(seen)).toMatch(/^[0-9a-f]{32}$/)
  expect(buildFingerprint({ ...seen, evidence: ' exec(\n  x )' })).toBe(buildFingerprint(seen))
  expect(buildFingerprint(seen, 1)).not.toBe(buildFingerprint(seen))
  expect(buildFingerprint({ ...seen, file: 'b.py' })).not.toBe(buildFingerprint(seen))
})

it('shows the worst first', () => {
  const sorted = [build('low', 'high'), build('high', 'low'), build('critical', 'low'), build('high', 'high')]
    .sort(compareFindings)
    .map(({ severity, confidence }) => `${severity} ${confidence}`)
  expect(sorted).toEqual(['critical low', 'high high', 'high low', 'low high'])
})
