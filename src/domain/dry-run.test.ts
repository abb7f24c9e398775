import { describe, expect, it } from 'vitest'
import { buildDryRunFindings, type DryRunReport } from './dry-run.ts'
import { decideVerdict, DEFAULT_SCAN_POLICY } from './finding.ts'

const quiet: DryRunReport = {
  outcome: 'answered',
  detail: null,
  seconds: 0.2,
  places: [],
  leaks: [],
  read: [],
  programs: [],
  definitions: [],
}
const judge = (report: Partial<DryRunReport>) => {
  const findings = buildDryRunFindings({ ...quiet, ...report })
  return [decideVerdict(findings, DEFAULT_SCAN_POLICY), findings.map(({ ruleId }) => ruleId)]
}

describe('findings of a dry run', () => {
  it('says nothing of a quiet one, and does not punish what needs more to start', () => {
    expect(judge({})).toEqual(['pass', []])
    expect(judge({ outcome: 'exited', detail: 'API_KEY is missing', read: null })).toEqual([
      'pass',
      ['dry_run.incomplete'],
    ])
    expect(judge({ places: ['api.example:443'] })).toEqual(['pass', ['dry_run.network']])
  })

  it('blocks what sends bait away or tells it to clients', () => {
    const leaks = [{ bait: 'GITHUB_TOKEN', given: false, way: 'sent', where: 'collect.example:80' }] as const
    expect(judge({ leaks })).toEqual(['block', ['dry_run.bait_sent']])
    expect(judge({ leaks: [{ ...leaks[0], given: true }] })).toEqual(['pass', ['dry_run.secret_sent']])
    expect(judge({ leaks: [{ ...leaks[0], way: 'said' }] })).toEqual(['block', ['dry_run.bait_said']])
    expect(judge({ leaks: [{ ...leaks[0], way: 'logged' }] })).toEqual(['pass', ['dry_run.bait_logged']])
  })

  it('asks for a review of what reads keys, and lets libraries look at their own', () => {
    expect(judge({ read: ['~/.ssh/id_rsa'] })).toEqual(['review', ['dry_run.bait_read']])
    expect(judge({ read: ['~/.aws/credentials'] })).toEqual(['pass', ['dry_run.bait_read']])
  })

  it('proposes the places as an egress list', () => {
    const [finding] = buildDryRunFindings({ ...quiet, places: ['api.example:443', 'cdn.example:80'] })
    expect(finding?.fix).toContain('"egress": ["api.example:443","cdn.example:80"]')
  })
})
