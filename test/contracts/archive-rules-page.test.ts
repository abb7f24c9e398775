import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { REJECT_CODES } from '../../src/domain/archive.ts'
import { UNSUPPORTED } from '../../src/domain/server-config.ts'

const page = readFileSync(new URL('../../docs/archives.md', import.meta.url), 'utf8')

it('explains every rule in its table, and no other', () => {
  const rows = page.split('\n').filter((line) => /^\| `[A-Z]/.test(line))
  const named = rows.flatMap((line) =>
    [...(line.split('|')[1] ?? '').matchAll(/`([A-Z0-9_]+)`/g)].map((match) => match[1]),
  )
  expect(new Set(named)).toEqual(new Set<string>(REJECT_CODES))
  expect(named).toHaveLength(REJECT_CODES.length)
})

it('names every setting that this release refuses, and no other', () => {
  const sentence = /what this release cannot do \(([^)]*)\)/.exec(page)?.[1] ?? ''
  const values = new Set(['shared', 'match', 'resume'])
  const named = [...sentence.matchAll(/`([a-z_]+)/g)].map((match) => match[1] ?? '')
  expect(new Set(named.filter((word) => !values.has(word)))).toEqual(
    new Set<string>(UNSUPPORTED.map(({ key }) => key)),
  )
})
