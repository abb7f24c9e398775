import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openStaticFiles } from './static-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'static-files-'))
const root = join(folder, 'root')
mkdirSync(join(root, 'assets'), { recursive: true })
writeFileSync(join(folder, 'secret.txt'), 'secret')
for (const [name, text] of [
  ['index.html', 'the page'],
  ['assets/a.js', 'plain'],
  ['assets/a.js.br', 'small'],
  ['assets/b.css', 'style'],
  ['assets/.built', 'stamp'],
] as const) {
  writeFileSync(join(root, name), text)
}
afterAll(() => rmSync(folder, { recursive: true }))

it('reads what was there when it was opened, in the smallest form that is taken', async () => {
  const files = await openStaticFiles(root)
  const read = async (path: string, accepts: readonly string[] = []) => {
    const file = await files?.read(path, accepts)
    return file && [file.encoding, file.bytes.toString()]
  }
  expect(files?.index).toBe('the page')
  expect(await read('assets/a.js', ['gzip', 'br'])).toEqual(['br', 'small'])
  expect(await read('assets/a.js', ['gzip'])).toEqual([null, 'plain'])
  expect(await read('assets/b.css', ['br'])).toEqual([null, 'style'])
})

it.each([
  '../secret.txt',
  'assets/../../secret.txt',
  '/etc/hostname',
  'assets',
  'assets/.built',
  'assets/a.js.br',
  '',
])('has no %j', async (path) => {
  expect(await (await openStaticFiles(root))?.read(path, ['br'])).toBeNull()
})

it('says so when nothing was built', async () => {
  expect(await openStaticFiles(join(folder, 'none'))).toBeNull()
})
