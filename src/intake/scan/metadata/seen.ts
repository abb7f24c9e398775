import type { Finding } from '../../../domain/finding.ts'

/** What a rule saw, before it is a finding. */
export type Seen = Pick<Finding, 'ruleId' | 'severity' | 'confidence' | 'reason'> & {
  readonly place: string
  readonly evidence: string
  readonly fix?: string
}
