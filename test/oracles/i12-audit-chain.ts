import type { Oracle } from './sight.ts'

export const i12: Oracle = {
  id: 'I12',
  rule: 'the audit chain verifies',
  judge: ({ audit }) => (audit.ok ? [] : [`the audit log does not verify: ${audit.problem ?? 'no reason'}`]),
}
