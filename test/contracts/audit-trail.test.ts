/** The chain as it is written: numbered, linked, signed, and beside the table what tells a cut at its end. */
import { createPublicKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, it } from 'vitest'
import type { AuditEntry } from '../../src/domain/audit.ts'
import { CHAIN_START, hashRecord } from '../../src/store/audit/chain.ts'
import { openAuditTrail } from '../../src/store/audit/open-audit-trail.ts'
import { renderRecord } from '../../src/store/audit/record-text.ts'
import { readCheckpoints, readHead } from '../../src/store/audit/signed-files.ts'
import { PUBLIC_FILE } from '../../src/store/audit/signing-key.ts'
import { isSignedBy } from '../../src/store/audit/statement.ts'
import { openStore } from '../../src/store/open-store.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { silent } from '../fakes/hosting.ts'
import { vaultDeps } from '../fakes/vault-deps.ts'

const undo: (() => void)[] = []
afterEach(() => {
  for (const step of undo.splice(0).toReversed()) step()
})

const buildEntry = (changes: Partial<AuditEntry> = {}): AuditEntry => ({
  actor: 'token:tok_alice',
  via: 'api',
  ip: '127.0.0.1',
  action: 'server.stop',
  resource: 'server:weather',
  outcome: 'attempt',
  requestId: 'req_1',
  details: {},
  ...changes,
})

async function openTrail(folder = makeFolder(), segmentRecords = 10_000) {
  const clock = createFakeClock()
  const path = join(folder, 'test.db')
  const dir = join(folder, 'audit')
  const store = openStore(path, { clock, log: silent, ...vaultDeps })
  const trail = await openAuditTrail({ store: store.audit, dir, path, segmentRecords, clock, log: silent })
  const list = () => store.audit.list({ limit: 10_000, order: 'oldest' })
  const close = () => {
    trail.close()
    store.close()
  }
  return { folder, path, dir, clock, store, trail, list, close }
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-audit-'))
  undo.push(() => rmSync(folder, { recursive: true }))
  return folder
}

it('numbers and links every record, over restarts', async () => {
  const first = await openTrail()
  first.trail.record(buildEntry())
  first.trail.record(buildEntry({ outcome: 'success', details: { status: 200 } }))
  first.close()
  const second = await openTrail(first.folder)
  second.trail.record(buildEntry({ action: 'server.start' }))
  const records = second.list()
  expect(records.map(({ seq, action }) => `${seq} ${action}`)).toEqual([
    '1 audit.key_created',
    '2 server.stop',
    '3 server.stop',
    '4 server.start',
  ])
  let previous = CHAIN_START.hash
  for (const record of records) {
    expect(record.prevHash).toBe(previous)
    expect(record.hash).toBe(hashRecord(record))
    previous = record.hash
  }
  expect(Object.keys(renderRecord(records[0]!))).toEqual(
    'seq ts actor via ip action resource outcome request_id details prev_hash hash'.split(' '),
  )
  second.close()
})

it('signs a checkpoint each thousand records, each hour in which something happened, and at the end', async () => {
  const { trail, dir, clock, close } = await openTrail()
  for (let n = 0; n < 999; n++) trail.record(buildEntry())
  expect((await readCheckpoints(dir)).map((at) => at?.seq)).toEqual([1000])
  trail.record(buildEntry())
  clock.advance(3_600_000)
  clock.advance(3_600_000)
  expect((await readCheckpoints(dir)).map((at) => at?.seq)).toEqual([1000, 1001])
  trail.record(buildEntry())
  close()
  const publicKey = createPublicKey(readFileSync(join(dir, PUBLIC_FILE)))
  const checkpoints = await readCheckpoints(dir)
  expect(checkpoints.map((at) => at?.seq)).toEqual([1000, 1001, 1002])
  expect(checkpoints.every((at) => at !== null && isSignedBy(publicKey, at))).toBe(true)
  const head = await readHead(dir)
  expect(head).toMatchObject({ seq: 1002 })
  expect(isSignedBy(publicKey, head!)).toBe(true)
  expect(isSignedBy(publicKey, { ...head!, seq: 1001 })).toBe(false)
  expect(trail.publicKey).toBe(readFileSync(join(dir, PUBLIC_FILE), 'utf8'))
  expect(statSync(join(dir, 'signing-key.pem')).mode & 0o777).toBe(0o600)
})

it('refuses to change or delete a record, whoever asks the database', async () => {
  const { trail, path, close } = await openTrail()
  trail.record(buildEntry())
  close()
  const database = new DatabaseSync(path)
  undo.push(() => database.close())
  expect(() => database.exec(`UPDATE audit SET actor = 'nobody'`)).toThrow('never changed')
  expect(() => database.exec('DELETE FROM audit')).toThrow('never deleted')
})

it('leaves a gap where records were cut off, and says so', async () => {
  const first = await openTrail()
  for (let n = 0; n < 4; n++) first.trail.record(buildEntry())
  first.close()
  const database = new DatabaseSync(first.path)
  database.exec('DROP TRIGGER audit_keeps_rows; DELETE FROM audit WHERE seq > 3')
  database.close()
  const second = await openTrail(first.folder)
  expect(second.list().map(({ seq, action }) => `${seq} ${action}`)).toEqual([
    '1 audit.key_created',
    '2 server.stop',
    '3 server.stop',
    '6 audit.records_missing',
  ])
  second.close()
})

it('says that its head was lost or forged', async () => {
  const first = await openTrail()
  first.trail.record(buildEntry())
  first.close()
  writeFileSync(join(first.dir, 'head.json'), '{"seq":1}')
  const second = await openTrail(first.folder)
  expect(second.list().at(-1)).toMatchObject({
    seq: 3,
    action: 'audit.head_missing',
    details: { after_seq: 2 },
  })
  second.close()
})

it('refuses when the table cannot be written', async () => {
  const { trail, store, close, list } = await openTrail()
  const before = list().length
  store.close()
  expect(() => trail.record(buildEntry())).toThrow(expect.objectContaining({ code: 'audit_unavailable' }))
  expect(before).toBe(1)
  expect(close).not.toThrow(TypeError)
})

it('holds whatever names strangers have', async () => {
  const { trail, list, close } = await openTrail()
  trail.record(
    buildEntry({ resource: `server:${'x'.repeat(5000)}\ud800`, details: { 'a\udc00': ['\ud800'] } }),
  )
  trail.record(buildEntry({ details: { text: 'y'.repeat(100_000) } }))
  const [, long, large] = list()
  expect(long?.resource).toHaveLength(256)
  expect(long?.details).toEqual({ 'a\ufffd': ['\ufffd'] })
  expect(large?.details).toEqual({ omitted_characters: 100_011 })
  close()
})
