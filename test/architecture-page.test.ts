import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

it('ARCHITECTURE.md names only paths that exist', () => {
  const page = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
  const paths = [...page.matchAll(/`((?:src|test|script|config|\.ci|docs)\/[\w./-]+)`/g)].map(
    (match) => match[1] ?? '',
  )
  expect(paths.length).toBeGreaterThan(30)
  expect([...new Set(paths)].filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})
