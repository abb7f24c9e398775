/** A command is a program that starts, answers and ends: what it loads before it does anything is what it takes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
/** Static imports of values: what `import type` and a later `import()` name is not loaded at the start. */
const IMPORT = /^import (?!type )(?:[^'"]*? from )?'([^']+)'/gm

function listLoaded(entry: string): ReadonlySet<string> {
  const seen = new Set<string>()
  const pending = [join(ROOT, entry)]
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    for (const [, name = ''] of readFileSync(path, 'utf8').matchAll(IMPORT)) {
      const target = name.startsWith('.') ? join(path, '..', name) : name
      if (seen.has(target)) continue
      seen.add(target)
      if (name.startsWith('.')) pending.push(target)
    }
  }
  return seen
}

const listPackages = (entry: string) =>
  [...listLoaded(entry)].filter((name) => !name.startsWith('/') && !name.startsWith('node:'))

it('loads no package to find out which command is meant', () => {
  expect(listPackages('src/main.ts')).toEqual([])
  expect(listLoaded('src/main.ts').size).toBeGreaterThan(10)
})

it('loads of all packages the reader of the configuration alone to ask the platform', () => {
  for (const command of ['list', 'status', 'logs', 'stats', 'change-state']) {
    const packages = listPackages(`src/cli/commands/${command}.ts`)
    expect(packages.filter((name) => name !== 're2js')).toEqual(['jsonc-parser'])
  }
})
