import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { compareTrees } from './compare-trees.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trees-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(tree: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, tree, path)), { recursive: true })
    writeFileSync(join(folder, tree, path), text)
  }
  return join(folder, tree)
}
const packageOf = (name: string, version: string) => JSON.stringify({ name, version })

it('tells files that somebody wrote from packages that an installer fetched', async () => {
  const before = write('a', {
    'server.py': 'one',
    'lib/same.py': 'same',
    'lib/gone.py': '',
    'node_modules/zod/package.json': packageOf('zod', '4.0.0'),
    'node_modules/zod/lib/package.json': packageOf('inner', '9.9.9'),
    'node_modules/@scope/old/package.json': packageOf('@scope/old', '1.0.0'),
    '.venv/lib/python3.11/site-packages/httpx-0.27.0.dist-info/METADATA': '',
  })
  const after = write('b', {
    'server.py': 'two',
    'lib/same.py': 'same',
    'new.py': '',
    'node_modules/zod/package.json': packageOf('zod', '4.1.0'),
    'node_modules/a/node_modules/zod/package.json': packageOf('zod', '4.0.0'),
    '.venv/lib/python3.11/site-packages/httpx-0.27.0.dist-info/METADATA': 'another',
  })
  for (const tree of [before, after]) symlinkSync('server.py', join(tree, 'link'))
  expect(await compareTrees(before, after)).toEqual({
    files: { added: ['new.py'], removed: ['lib/gone.py'], changed: ['server.py'] },
    fileChanges: 3,
    packages: [
      { name: '@scope/old', before: '1.0.0', after: null },
      { name: 'zod', before: '4.0.0', after: '4.0.0, 4.1.0' },
    ],
    packageChanges: 2,
  })
})

it('finds nothing where nothing differs', async () => {
  const tree = write('a', { 'server.py': 'one', 'node_modules/zod/package.json': '{' })
  expect(await compareTrees(tree, tree)).toMatchObject({ fileChanges: 0, packageChanges: 0 })
})
