/** Whatever is done to the table or the files beside it, the check names the first record that is not as it was. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import type { AuditRecord } from '../../src/domain/audit.ts'
import { renderCanonicalJson } from '../../src/domain/canonical-json.ts'
import { hashRecord } from '../../src/store/audit/chain.ts'
import { openAuditTrail } from '../../src/store/audit/open-audit-trail.ts'
import { buildKeyId } from '../../src/store/audit/signing-key.ts'
import { verifyAudit } from '../../src/store/audit/verify-audit.ts'
import { openStore } from '../../src/store/open-store.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { silent } from '../fakes/hosting.ts'
import { vaultDeps } from '../fakes/vault-deps.ts'

const undo: (() => void)[] = []
afterEach(() => {
  for (const step of undo.splice(0).toReversed()) step()
})

const entry = (n: number) =>
  ({
    actor: 'local',
    via: 'cli',
    ip: null,
    action: `server.act${n}`,
    resource: null,
    outcome: 'success',
    requestId: null,
    details: { n },
  }) as const

async function openAll(folder: string, segmentRecords: number) {
  const clock = createFakeClock()
  const place = { path: join(folder, 'test.db'), dir: join(folder, 'audit') }
  const store = openStore(place.path, { clock, log: silent, ...vaultDeps })
  const trail = await openAuditTrail({ ...place, store: store.audit, segmentRecords, clock, log: silent })
  return { place, store, trail, clock }
}

/** Twelve records, the first being the platform's own, a checkpoint after six and after twelve. */
async function write(segmentRecords = 1000) {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-verify-'))
  undo.push(() => rmSync(folder, { recursive: true }))
  const first = await openAll(folder, segmentRecords)
  for (let n = 2; n <= 6; n++) first.trail.record(entry(n))
  first.trail.close()
  first.store.close()
  const second = await openAll(folder, segmentRecords)
  for (let n = 7; n <= 12; n++) second.trail.record(entry(n))
  second.trail.close()
  second.store.close()
  return { ...second.place, folder }
}

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(`DROP TRIGGER audit_keeps_content; DROP TRIGGER audit_keeps_rows; ${sql}`)
  database.close()
}

/** What somebody does who knows how the chain is made: the record changed, and all after it made to fit. */
function rewriteFrom(path: string, seq: number, actor: string): void {
  const database = new DatabaseSync(path)
  database.exec('DROP TRIGGER audit_keeps_content')
  const rows = database.prepare('SELECT * FROM audit WHERE seq >= ? ORDER BY seq').all(seq)
  let previous: string | null = null
  for (const row of rows) {
    const record = {
      ...row,
      actor: row['seq'] === seq ? actor : row['actor'],
      details: JSON.parse(String(row['details'])) as object,
      requestId: row['request_id'],
      prevHash: previous ?? row['prev_hash'],
    } as unknown as AuditRecord
    const hash = hashRecord(record)
    database
      .prepare('UPDATE audit SET actor = ?, prev_hash = ?, hash = ? WHERE seq = ?')
      .run(record.actor, record.prevHash, hash, record.seq)
    previous = hash
  }
  database.close()
}

async function findProblem(place: { readonly path: string; readonly dir: string }) {
  return (await verifyAudit(place)).problem
}

it('finds a whole log whole', async () => {
  const place = await write()
  expect(await verifyAudit(place)).toMatchObject({ problem: null, records: 12, checkpoints: 2, seq: 12 })
})

describe('a table that was changed', () => {
  it.each([
    ['an edited record', `UPDATE audit SET actor = 'nobody' WHERE seq = 5`, 5],
    ['edited details', `UPDATE audit SET details = '{"n":6}' WHERE seq = 5`, 5],
    ['an edit of the first', `UPDATE audit SET outcome = 'denied' WHERE seq = 1`, 1],
    ['an edit of the last', `UPDATE audit SET outcome = 'denied' WHERE seq = 12`, 12],
    ['a deleted record', 'DELETE FROM audit WHERE seq = 5', 5],
    ['a deleted beginning', 'DELETE FROM audit WHERE seq <= 3', 1],
    [
      'a swapped pair',
      'UPDATE audit SET seq = 100 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = 6; UPDATE audit SET seq = 6 WHERE seq = 100',
      5,
    ],
    ['a closed gap', 'DELETE FROM audit WHERE seq = 5; UPDATE audit SET seq = seq - 1 WHERE seq > 5', 5],
    ['a cut end', 'DELETE FROM audit WHERE seq > 9', 10],
    ['a cut last record', 'DELETE FROM audit WHERE seq = 12', 12],
    ['an emptied table', 'DELETE FROM audit', 1],
    [
      'an added record',
      `INSERT INTO audit SELECT 13, ts, actor, via, ip, action, resource, outcome, request_id, details, hash, hash FROM audit WHERE seq = 12`,
      13,
    ],
  ])('%s', async (_name, sql, seq) => {
    const place = await write()
    change(place.path, sql)
    expect(await findProblem(place)).toMatchObject({ seq })
  })

  it('with the chain after it made anew is known by the next signature', async () => {
    const place = await write()
    rewriteFrom(place.path, 8, 'nobody')
    // The six before are vouched for; which one after them was changed, no hash can say any more.
    expect(await findProblem(place)).toMatchObject({ seq: 7, reason: expect.stringContaining('up to 12') })
  })
})

describe('files beside the table that were changed', () => {
  it('a forged checkpoint', async () => {
    const place = await write()
    rewriteFrom(place.path, 8, 'nobody')
    const database = new DatabaseSync(place.path)
    const { hash } = database.prepare('SELECT hash FROM audit WHERE seq = 12').get() as { hash: string }
    database.close()
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const said = { seq: 12, ts: '2026-01-01T00:00:00.000Z', hash, key_id: buildKeyId(publicKey) }
    const signature = sign(null, Buffer.from(renderCanonicalJson(said)), privateKey).toString('base64')
    const file = join(place.dir, 'checkpoints.jsonl')
    const [first = ''] = readFileSync(file, 'utf8').split('\n')
    writeFileSync(file, `${first}\n${JSON.stringify({ ...said, signature })}\n`)
    writeFileSync(join(place.dir, 'head.json'), JSON.stringify({ ...said, signature }))
    expect(await findProblem(place)).toMatchObject({
      seq: 12,
      reason: expect.stringContaining('not signed by this key'),
    })
    // With the forger's key in the place of the platform's, a copy of the true one still tells.
    const kept = readFileSync(join(place.dir, 'public-key.pem'), 'utf8')
    writeFileSync(join(place.dir, 'public-key.pem'), publicKey.export({ format: 'pem', type: 'spki' }))
    expect((await verifyAudit({ ...place, publicKey: kept })).problem).toMatchObject({ seq: 12 })
  })

  it.each([
    ['a garbled checkpoint', 'checkpoints.jsonl', 'garbage\n', 1],
    ['a head that is no statement', 'head.json', '{"seq":12}', 12],
    ['a head that is gone', 'head.json', null, 12],
  ])('%s', async (_name, file, text, seq) => {
    const place = await write()
    if (text !== null) writeFileSync(join(place.dir, file), text)
    else rmSync(join(place.dir, file))
    expect(await findProblem(place)).toMatchObject({ seq })
  })
})

describe('closed segments, and a database that was made anew', () => {
  const lose = (path: string) => {
    for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true })
  }
  const reopen = async (folder: string) => {
    const { store, trail } = await openAll(folder, 1000)
    const segments = store.audit.listSegments().map(({ file }) => file)
    trail.close()
    store.close()
    return segments
  }

  it('R-13: are entered again, so that only what the table held is missing', async () => {
    const { folder, ...place } = await write(3)
    const files = readdirSync(join(place.dir, 'segments'))
    expect(files.length).toBeGreaterThan(0)
    const last = Number(files.at(-1)?.split(/[-.]/)[1])
    lose(place.path)
    expect(await reopen(folder)).toEqual(files)
    const { problem, records } = await verifyAudit(place)
    expect(problem).toMatchObject({ seq: last + 1, reason: expect.stringContaining('is missing') })
    expect(records).toBe(last)
  })

  it('are not where they were changed, cut off or put there: the check names them', async () => {
    const { folder, ...place } = await write(3)
    const [file = ''] = readdirSync(join(place.dir, 'segments'))
    const path = join(place.dir, 'segments', file)
    const text = readFileSync(path, 'utf8')
    for (const spoilt of [text.replace('act2', 'act9'), text.slice(0, -10), '', `${text}${text}`]) {
      lose(place.path)
      writeFileSync(path, spoilt)
      expect(await reopen(folder)).toEqual([])
      expect((await verifyAudit(place)).problem).toMatchObject({ seq: 1 })
    }
  })

  it('that a killed daemon had written whole take their records out of the table', async () => {
    const { folder, ...place } = await write()
    const database = new DatabaseSync(place.path, { readOnly: true })
    const rows = database.prepare('SELECT * FROM audit WHERE seq <= 4 ORDER BY seq').all()
    database.close()
    const lines = rows.map((row) => JSON.stringify({ ...row, details: JSON.parse(String(row['details'])) }))
    mkdirSync(join(place.dir, 'segments'))
    writeFileSync(join(place.dir, 'segments/1-4.jsonl'), `${lines.join('\n')}\n`)
    expect(await reopen(folder)).toEqual(['1-4.jsonl'])
    expect((await verifyAudit(place)).problem).toBeNull()
  })
})

describe('closed segments', () => {
  it('leave the table and stay in the chain, over restarts', async () => {
    const place = await write(3)
    // Six records were in the table when it was opened again: three of them left.
    expect(readdirSync(join(place.dir, 'segments'))).toEqual(['1-3.jsonl'])
    const third = await openAll(place.folder, 3)
    third.trail.record(entry(13))
    expect(readdirSync(join(place.dir, 'segments'))).toEqual(['1-3.jsonl', '4-6.jsonl', '7-9.jsonl'])
    expect(third.trail.list({ limit: 100, order: 'oldest' }).map(({ seq }) => seq)).toEqual([10, 11, 12, 13])
    expect((await third.trail.verify()).problem).toBe(null)
    const lines: string[] = []
    for await (const piece of third.trail.export()) lines.push(...piece.trimEnd().split('\n'))
    expect(lines.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual(
      Array.from({ length: 13 }, (_, index) => index + 1),
    )
    third.trail.close()
    third.store.close()
  })

  it('go on when the table is empty but for them', async () => {
    const place = await write(3)
    change(place.path, 'DELETE FROM audit')
    const database = new DatabaseSync(place.path)
    expect(database.prepare('SELECT count(*) AS n FROM audit').get()).toEqual({ n: 0 })
    database.close()
    expect(await findProblem(place)).toMatchObject({ seq: 4 })
  })

  it('are checked too', async () => {
    const place = await write(3)
    const file = join(place.dir, 'segments/1-3.jsonl')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('server.act2', 'server.actX'))
    expect(await findProblem(place)).toMatchObject({ seq: 2 })
    writeFileSync(file, text.split('\n').toSpliced(1, 1).join('\n'))
    expect(await findProblem(place)).toMatchObject({ seq: 2 })
    rmSync(file)
    expect(await findProblem(place)).toMatchObject({ seq: 1, reason: 'cannot be read' })
  })
})

describe('segments that are past their time', () => {
  const DAY_MS = 86_400_000
  const segmentsOf = (place: { dir: string }) => readdirSync(join(place.dir, 'segments')).toSorted()

  /** 1-3, 4-6 and 7-9 are closed, the last of them a day later; twelve records and more. */
  async function openOld() {
    const place = await write(3)
    const world = await openAll(place.folder, 3)
    let isOpen = true
    const close = () => {
      if (!isOpen) return
      isOpen = false
      world.trail.close()
      world.store.close()
    }
    undo.push(close)
    return { ...world, place, close }
  }

  it('are counted, removed and told of, and the rest is whole', async () => {
    const { trail, clock, place } = await openOld()
    const now = clock.now()
    expect(await trail.countBefore(now)).toBe(0)
    expect(await trail.countBefore(now + 1)).toBe(9)
    clock.advance(DAY_MS)
    await trail.removeBefore(now + 1)
    expect(segmentsOf(place)).toEqual([])
    expect(trail.list({ limit: 1, order: 'newest' })).toMatchObject([
      {
        action: 'audit.pruned',
        actor: 'platform',
        details: { first_seq: 1, last_seq: 9, last_hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      },
    ])
    expect(await trail.verify()).toMatchObject({ problem: null, firstSeq: 10, records: 4 })
    expect(await trail.countBefore(now + 1)).toBe(0)
    const lines: string[] = []
    for await (const piece of trail.export()) lines.push(...piece.trimEnd().split('\n'))
    expect(lines.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual([10, 11, 12, 13])
    // Once more changes nothing and says nothing.
    await trail.removeBefore(now + 1)
    expect(await trail.verify()).toMatchObject({ problem: null, records: 4 })
  })

  it('a killed daemon had begun to remove are no problem, and go the next time', async () => {
    const { trail, clock, place } = await openOld()
    const texts = segmentsOf(place).map(
      (file) => [file, readFileSync(join(place.dir, 'segments', file))] as const,
    )
    await trail.removeBefore(clock.now() + 1)
    for (const [file, text] of texts.slice(1)) writeFileSync(join(place.dir, 'segments', file), text)
    expect(await trail.verify()).toMatchObject({ problem: null, firstSeq: 4 })
    await trail.removeBefore(clock.now() + 1)
    expect(segmentsOf(place)).toEqual([])
    expect(await trail.verify()).toMatchObject({ problem: null, firstSeq: 10 })
  })

  it('somebody else removed are told as missing, also after the platform removed earlier ones', async () => {
    const { trail, clock, place, close } = await openOld()
    await trail.removeBefore(clock.now() + 1)
    for (let n = 0; n < 6; n++) trail.record(entry(20 + n))
    close()
    const next = await openAll(place.folder, 3)
    undo.push(() => {
      next.trail.close()
      next.store.close()
    })
    const [first = '', second = ''] = segmentsOf(place)
    expect(first).toBe('10-12.jsonl')
    expect(await next.trail.verify()).toMatchObject({ problem: null, firstSeq: 10 })
    rmSync(join(place.dir, 'segments', first))
    expect(await next.trail.verify()).toMatchObject({ problem: { seq: 1, reason: 'cannot be read' } })
    rmSync(join(place.dir, 'segments', second))
    expect((await next.trail.verify()).problem).not.toBeNull()
  })

  it('stay when they are not as they were written', async () => {
    const { trail, clock, place } = await openOld()
    const path = join(place.dir, 'segments/1-3.jsonl')
    writeFileSync(path, readFileSync(path, 'utf8').replace('server.act2', 'server.actX'))
    await expect(trail.removeBefore(clock.now() + 1)).rejects.toMatchObject({
      code: 'conflict',
      message: 'Old audit records stay: number 2 is not as it was written.',
    })
    expect(segmentsOf(place)).toHaveLength(3)
    expect(trail.list({ limit: 1, order: 'newest' })).toMatchObject([{ action: 'server.act12' }])
  })

  it('R-13: are not missed by a database that was made anew', async () => {
    const { trail, clock, place, close } = await openOld()
    const kept = readFileSync(join(place.dir, 'segments/7-9.jsonl'))
    await trail.removeBefore(clock.now() + 1)
    // As if the last of them had been younger.
    writeFileSync(join(place.dir, 'segments/7-9.jsonl'), kept)
    close()
    for (const ending of ['', '-wal', '-shm']) rmSync(`${place.path}${ending}`, { force: true })
    const next = await openAll(place.folder, 1000)
    undo.push(() => {
      next.trail.close()
      next.store.close()
    })
    expect(next.store.audit.listSegments()).toMatchObject([{ firstSeq: 7, lastSeq: 9 }])
    expect(next.trail.list({ limit: 9, order: 'newest' }).map(({ action }) => action)).toContain(
      'audit.records_missing',
    )
  })
})

it('may be checked while it is written', async () => {
  const place = await write()
  const { trail, store } = await openAll(place.folder, 1000)
  trail.record(entry(13))
  expect(await verifyAudit(place)).toMatchObject({ problem: null, records: 13 })
  trail.close()
  store.close()
})
