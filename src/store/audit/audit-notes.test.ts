import { expect, it } from 'vitest'
import type { AuditEntry } from '../../domain/audit.ts'
import { createFakeAudit } from '../../../test/fakes/audit.ts'
import { createFakeClock } from '../../../test/fakes/clock.ts'
import { silent } from '../../../test/fakes/hosting.ts'
import { createAuditNotes } from './audit-notes.ts'

const build = (changes: Partial<AuditEntry> = {}): AuditEntry => ({
  actor: 'nobody',
  via: 'api',
  ip: '10.0.0.1',
  action: 'server.stop',
  resource: 'server:weather',
  outcome: 'denied',
  requestId: 'req_1',
  details: { code: 'unauthenticated' },
  ...changes,
})

function open() {
  const audit = createFakeAudit()
  const clock = createFakeClock()
  return { audit, clock, notes: createAuditNotes({ audit, clock, log: silent }) }
}

it('writes the first of a kind at once and counts the rest of the minute', () => {
  const { audit, clock, notes } = open()
  for (let n = 0; n < 1000; n++) notes.note(build({ requestId: `req_${n}` }))
  notes.note(build({ ip: '10.0.0.2' }))
  expect(audit.entries.map(({ ip, requestId }) => [ip, requestId])).toEqual([
    ['10.0.0.1', 'req_0'],
    ['10.0.0.2', 'req_1'],
  ])
  clock.advance(60_000)
  expect(audit.entries).toHaveLength(3)
  expect(audit.entries[2]).toMatchObject({
    ip: '10.0.0.1',
    requestId: null,
    details: { code: 'unauthenticated', repeated: 999 },
  })
  notes.note(build())
  expect(audit.entries).toHaveLength(4)
})

it('is bounded however many different strangers come', () => {
  const { audit, clock, notes } = open()
  for (let n = 0; n < 5000; n++) notes.note(build({ resource: `server:s${n}` }))
  expect(audit.entries).toHaveLength(200)
  clock.advance(60_000)
  expect(audit.entries).toHaveLength(201)
  expect(audit.entries[200]).toMatchObject({
    action: 'audit.notes_not_listed',
    details: { not_listed: 4800 },
  })
})

it('goes on when the log cannot be written', () => {
  const audit = createFakeAudit()
  const clock = createFakeClock()
  const notes = createAuditNotes({
    audit: {
      record: () => {
        throw new Error('disk full')
      },
    },
    clock,
    log: silent,
  })
  expect(() => notes.note(build())).not.toThrow('disk full')
  expect(audit.entries).toEqual([])
})
