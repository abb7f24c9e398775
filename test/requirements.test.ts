/**
 * Each requirement that this release answers for is cited by the name of a test: `D16: …`, `S-40, SB-13: …`.
 * The ids are stable labels; what each one asks for is said by the tests that cite it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const REQUIRED = [
  'D1 D27 D3 D4 D6 D8 D10 D11 D12 D13 D15 D16 D17 D18 D19 D21 D23 D25 D28 D29 D30 D32 D33 D34 D35 S-91 S-93 D22 S-01 S-02 S-04 S-06 S-07 S-09 S-10 S-11 S-12 S-15 S-16 S-17 S-19 S-22 S-23 S-130 S-131 S-132 S-133 S-116 S-117 S-120 S-121 S-100 S-102 S-119 S-105',
  'D9 S-52 S-53 S-58 S-90 SB-45 SB-46 SB-47 SB-48 SB-49 SB-50 SB-51 SB-52 SB-53 SB-58',
  'D7 S-60 S-61 S-62 S-63 S-64 S-65 S-66 SB-21 SB-22 SB-24 SB-25',
  'SB-29 SB-41 D9 S-40 S-41 S-42 S-45 S-46 S-47 S-48 S-49 S-50 S-58 S-59',
  'SB-01 SB-02 SB-03 SB-04 SB-05 SB-06 SB-07 SB-08 SB-09 SB-10 SB-11 SB-13 SB-14 SB-15 SB-20 SB-23 SB-26 SB-32 SB-33 SB-34 SB-35 SB-36 SB-37 SB-38 SB-39 SB-40 SB-45 SB-54 SB-55',
  'D2 D20 S-30 S-32 S-33 S-34 S-35 S-36 S-38',
  'D5 D24 S-70 S-71 S-76 S-78 S-79 S-80 S-81 S-82 S-83 S-84 S-85 S-87',
  'S-21 S-55 S-56 S-57 S-72 S-75',
  'S-94 S-95 S-96 S-97 S-104 S-110 S-111 S-112 S-113 S-114 S-122 S-124 S-125',
  'S-134',
  'K-1 K-2 K-3 K-4 K-5 K-6 K-7 K-8 K-9 K-10 K-12 K-14 K-15 K-16 K-24 K-28',
].flatMap((line) => line.split(' '))

/** Proved where no platform has to run. */
const ELSEWHERE: Readonly<Record<string, string>> = { 'S-140': 'test/supply-chain.test.ts' }

/** What there is nothing yet to ask about. Whoever builds it takes its id out of here and proves it. */
const NOT_YET: Readonly<Record<string, string>> = {
  'S-73': 'no page shows what a server says of its tools; browsers get it as JSON only, which D24 opens',
  'S-118': 'the platform is no authorization server: no client registers with it and it asks for no consent',
}

/** Every id there is. */
const ALL_CHECKS = [
  'S-01 S-02 S-04 S-06 S-07 S-09 S-10 S-11 S-12 S-15 S-16 S-17 S-19 S-21 S-22 S-23',
  'S-30 S-32 S-33 S-34 S-35 S-36 S-38',
  'S-40 S-41 S-42 S-45 S-46 S-47 S-48 S-49 S-50 S-52 S-53 S-55 S-56 S-57 S-58 S-59',
  'S-60 S-61 S-62 S-63 S-64 S-65 S-66',
  'S-70 S-71 S-72 S-73 S-75 S-76 S-78 S-79 S-80 S-81 S-82 S-83 S-84 S-85 S-87 S-90 S-91 S-93 S-94 S-95 S-96 S-97',
  'S-100 S-102 S-104 S-105 S-110 S-111 S-112 S-113 S-114 S-116 S-117 S-118 S-119 S-120 S-121 S-122 S-124 S-125',
  'S-130 S-131 S-132 S-133 S-134 S-140',
].flatMap((line) => line.split(' '))

const ROOT = join(import.meta.dirname, '..')
/** Only tests that run real parts count: a unit test alone proves no requirement. */
const TIERS = ['test/e2e', 'test/integration']
const TITLE =
  /\b(?:it|test)(?:\.\w+)*\s*(?:\([^)]*\)\s*)?(?:\.each\([\s\S]*?\)\s*)?\(\s*['"`]((?:(?:D|S-|SB-|R|K-)\d+(?:, )?)+): /g

function findCitations(): Map<string, string[]> {
  const cited = new Map<string, string[]>()
  const files = TIERS.flatMap((tier) =>
    readdirSync(join(ROOT, tier), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(tier, name)),
  )
  for (const file of files) {
    for (const [, ids = ''] of readFileSync(join(ROOT, file), 'utf8').matchAll(TITLE)) {
      for (const id of ids.split(', ')) cited.set(id, [...(cited.get(id) ?? []), file])
    }
  }
  return cited
}

describe('requirements', () => {
  const cited = findCitations()

  it('sees enough to judge', () => {
    expect(cited.size).toBeGreaterThan(10)
  })

  it.each(REQUIRED)('%s is cited by an end-to-end or integration test', (id) => {
    expect(cited.get(id) ?? []).not.toEqual([])
  })

  it('leaves no security check out: each is required, proved elsewhere, or named with the reason why not yet', () => {
    const answered = [...REQUIRED, ...Object.keys(ELSEWHERE), ...Object.keys(NOT_YET)]
    expect([...new Set(answered)].filter((id) => id.startsWith('S-')).toSorted()).toEqual(
      ALL_CHECKS.toSorted(),
    )
    expect(Object.keys(NOT_YET).filter((id) => REQUIRED.includes(id) || cited.has(id))).toEqual([])
    for (const [id, file] of Object.entries(ELSEWHERE)) {
      expect(readFileSync(join(ROOT, file), 'utf8')).toContain(`describe('${id}: `)
    }
  })

  it('recognises a citation in every form of a test', () => {
    const sources = [
      `it('D1: x'`,
      'it.skipIf(a)(`D2: x`',
      `it.each(list)('D3: x %s'`,
      `it('D4, D5: x'`,
      `describe('D6: x'`,
      `it('S-40, SB-13: x'`,
    ]
    const found = sources.flatMap((source) => [...source.matchAll(TITLE)].map((match) => match[1]))
    expect(found).toEqual(['D1', 'D2', 'D3', 'D4, D5', 'S-40, SB-13'])
  })
})
