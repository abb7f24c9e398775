/** Each requirement of the protocol is proved by a test that says so in its title, or named with the reason why not yet. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DASHBOARD_CHECKS, DASHBOARD_NOT_YET } from './dashboard-checks.ts'
import { COMPLAINTS, NOT_YET as PROTOCOL_NOT_YET, PROTOCOL_REQUIREMENTS } from './protocol-requirements.ts'

const ROOT = join(import.meta.dirname, '..')
/** The start of a title, in the call itself or in the table of an `it.each`. */
const CITATION = /['"`]((?:(?:D|S-|SB-|R|K-|U-)\d+(?:, )?)+): /g

function findCitations(): Map<string, string[]> {
  const cited = new Map<string, string[]>()
  const files = ['src', 'test', 'dashboard'].flatMap((tree) =>
    readdirSync(join(ROOT, tree), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.test\.tsx?$/.test(name))
      .map((name) => join(tree, name)),
  )
  for (const file of files.filter((file) => file !== 'test/protocol-requirements.test.ts')) {
    for (const [, ids = ''] of readFileSync(join(ROOT, file), 'utf8').matchAll(CITATION)) {
      for (const id of ids.split(', ')) cited.set(id, [...(cited.get(id) ?? []), file])
    }
  }
  return cited
}

const NOT_YET: Readonly<Record<string, string>> = { ...PROTOCOL_NOT_YET, ...DASHBOARD_NOT_YET }

describe('requirements of the protocol and of the dashboard', () => {
  const cited = findCitations()
  const known = { ...PROTOCOL_REQUIREMENTS, ...COMPLAINTS, ...DASHBOARD_CHECKS }

  it('are all there', () => {
    expect(Object.keys(PROTOCOL_REQUIREMENTS)).toHaveLength(108)
    expect(Object.keys(COMPLAINTS)).toHaveLength(19)
    expect(Object.keys(DASHBOARD_CHECKS)).toHaveLength(21)
    expect(cited.size).toBeGreaterThan(100)
  })

  it.each(Object.entries(known))('%s is cited by a test or named as missing (%s)', (id) => {
    expect(cited.has(id)).toBe(!Object.hasOwn(NOT_YET, id))
  })

  it('cites and excuses nothing that is unknown', () => {
    const ids = [...cited.keys()].filter((id) => /^(?:R|K-|U-)/.test(id))
    expect([...ids, ...Object.keys(NOT_YET)].filter((id) => !Object.hasOwn(known, id))).toEqual([])
  })

  it('reads a citation in every form of a title', () => {
    const sources = [
      `it('R1: x'`,
      '[`R2, R3: x`, 1]',
      `it.each(list)("K-4: x"`,
      `('R5 (R6): x'`,
      `it('see R7: x'`,
    ]
    const found = sources.flatMap((source) => [...source.matchAll(CITATION)].map((match) => match[1]))
    expect(found).toEqual(['R1', 'R2, R3', 'K-4'])
  })
})
