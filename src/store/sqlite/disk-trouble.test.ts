import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { assertReadable, describeTrouble, isPassing } from './disk-trouble.ts'

it('takes a page that the disk did not give for no damage, and one that is not as it was written for it', () => {
  // SQLITE_IOERR_READ, _CORRUPTFS (which a read is told by EIO), FULL, NOMEM, BUSY, CANTOPEN.
  expect([266, 8458, 13, 7, 5, 14].map(isPassing)).toEqual([true, true, true, true, true, true])
  // SQLITE_CORRUPT, NOTADB, ERROR, IOERR_SHORT_READ, IOERR_DATA.
  expect([11, 26, 1, 522, 8202].map(isPassing)).toEqual([false, false, false, false, false])
})

it('says what the disk did, with its code', () => {
  const failed = Object.assign(new Error('disk I/O error'), { errcode: 266 })
  expect(describeTrouble(failed, '/data/x.db')).toMatchObject({
    code: 'storage_failed',
    message: 'The database /data/x.db cannot be opened: disk I/O error.',
  })
  const full = Object.assign(new Error('database or disk is full'), { errcode: 13 })
  expect(describeTrouble(full, '/data/x.db')).toMatchObject({ code: 'disk_full' })
  const other = new Error('something else')
  expect(describeTrouble(other, '/data/x.db')).toBe(other)
})

it('reads what is there, and passes over what is not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'disk-trouble-'))
  writeFileSync(join(folder, 'there'), 'x'.repeat(3_000_000))
  assertReadable([join(folder, 'there'), join(folder, 'away')])
  // A directory is opened and not read: EISDIR is what a test can have without a broken disk.
  expect(() => assertReadable([folder])).toThrow(`The disk does not give what is in ${folder}.`)
  rmSync(folder, { recursive: true })
})
