/** Each requirement of the protocol is proved by a test that says so in its title, or named with the reason why not yet. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMPLAINTS, NOT_YET, PROTOCOL_REQUIREMENTS } from './protocol-requirements.ts'

const ROOT = join(import.meta.dirname, '..')
/** The start of a title, in the call itself or in the table of an `it.each`. */
const CITATION = /['"`]((?:(?:D|S-|SB-|R|U-)\d+(?:, )?)+): /g

function findCitations(): Map<string, string[]> {
  const cited = new Map<string, string[]>()
  const files = ['src', 'test'].flatMap((tree) =>
    readdirSync(join(ROOT, tree), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(tree, name)),
  )
  // The checks of the dashboard have ids of their own that look the same.
  const others = /^test\/(?:browser\/|dashboard-law|protocol-requirements)/
  for (const file of files.filter((file) => !others.test(file))) {
    for (const [, ids = ''] of readFileSync(join(ROOT, file), 'utf8').matchAll(CITATION)) {
      for (const id of ids.split(', ')) cited.set(id, [...(cited.get(id) ?? []), file])
    }
  }
  return cited
}

describe('requirements of the protocol', () => {
  const cited = findCitations()
  const known = { ...PROTOCOL_REQUIREMENTS, ...COMPLAINTS }

  it('are all there', () => {
    expect(Object.keys(PROTOCOL_REQUIREMENTS)).toHaveLength(108)
    expect(Object.keys(COMPLAINTS)).toHaveLength(19)
    expect(cited.size).toBeGreaterThan(100)
  })

  it.each(Object.entries(known))('%s is cited by a test or named as missing (%s)', (id) => {
    expect(cited.has(id)).toBe(!Object.hasOwn(NOT_YET, id))
  })

  it('cites and excuses nothing that is unknown', () => {
    const ids = [...cited.keys()].filter((id) => id.startsWith('R') || id.startsWith('U-'))
    expect([...ids, ...Object.keys(NOT_YET)].filter((id) => !Object.hasOwn(known, id))).toEqual([])
  })

  it('reads a citation in every form of a title', () => {
    const sources = [
      `it('R1: x'`,
      '[`R2, R3: x`, 1]',
      `it.each(list)("U-4: x"`,
      `('R5 (R6): x'`,
      `it('see R7: x'`,
    ]
    const found = sources.flatMap((source) => [...source.matchAll(CITATION)].map((match) => match[1]))
    expect(found).toEqual(['R1', 'R2, R3', 'U-4'])
  })
})
