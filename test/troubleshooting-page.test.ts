/** Every check of doctor has its place, and every place its section. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CHECKS } from '../src/domain/host-check.ts'

const ROOT = join(import.meta.dirname, '..')

it('docs/troubleshooting.md has a section for every check, and no other', () => {
  const [, page = ''] = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8').split(
    '# What doctor finds',
  )
  const sections = [...page.matchAll(/^### (\w+)$/gm)].map(([, name]) => name ?? '')
  expect(sections.toSorted()).toEqual(
    [...new Set(Object.values(CHECKS).map(({ anchor }) => anchor))].toSorted(),
  )
  // Areas in the order in which they are shown.
  const areas = [...page.matchAll(/^## (\w+)$/gm)].map(([, name]) => (name ?? '').toLowerCase())
  expect(areas).toEqual([...new Set(Object.values(CHECKS).map(({ area }) => area))])
})

it('no part has a check that is not in the table', () => {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
  )
  const ids = files.flatMap((name) =>
    [...readFileSync(join(ROOT, 'src', name), 'utf8').matchAll(/id: ['`]([\w-]+)[^'`]*['`],\s*area:/g)].map(
      ([, id = '']) => id,
    ),
  )
  expect(ids.length).toBeGreaterThan(20)
  // What is made of a prefix and a name stands in the table name by name.
  const prefixes = ['folder_', 'file_', 'writable_']
  expect(ids.filter((id) => !(id in CHECKS) && !prefixes.includes(id))).toEqual([])
})
