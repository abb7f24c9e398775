import { expect, it } from 'vitest'
import { renderRecord } from './audit.ts'

it('shows a record in one line, whatever a stranger asked for', () => {
  const record = {
    seq: 7,
    ts: '2026-01-01T00:00:00.000Z',
    actor: 'nobody',
    via: 'api' as const,
    ip: '192.0.2.1',
    action: 'user.delete',
    resource: 'user:a\n8 2026-01-01T00:00:01.000Z success user.create "x" \u001b[2J',
    outcome: 'denied' as const,
    request_id: null,
    details: { code: 'unauthenticated', reason: 'read it\nthrough', scopes: ['a'] },
    prev_hash: '',
    hash: '',
  }
  expect(renderRecord(record)).toBe(
    '7 2026-01-01T00:00:00.000Z denied  user.delete ' +
      String.raw`"user:a\u{a}8 2026-01-01T00:00:01.000Z success user.create \"x\" \u{1b}[2J"` +
      ' nobody api/192.0.2.1 code=unauthenticated ' +
      String.raw`reason="read it\u{a}through" scopes=["a"]`,
  )
})
