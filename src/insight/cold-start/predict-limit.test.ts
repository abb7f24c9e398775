import { describe, expect, it } from 'vitest'
import { describeFirstLimit } from './describe-limit.ts'
import { predictLimit } from './predict-limit.ts'
import { findSimilarity, type Row } from './row.ts'

const row = (
  server: string,
  peakMib: number,
  dependencies: readonly string[],
  more: Partial<Row> = {},
): Row => ({
  server,
  runtime: 'node',
  dependencies,
  family: null,
  peer: null,
  peakMib,
  ...more,
})
const known = [
  row('a', 90, ['zod']),
  row('b', 92, ['zod']),
  row('c', 95, ['zod', 'axios']),
  row('d', 96, ['zod', 'axios']),
  row('e', 240, ['sharp']),
  row('f', 235, ['sharp', 'zod']),
  row('g', 88, []),
  row('h', 91, []),
]
const shape = { runtime: 'node', dependencies: ['zod', 'axios'], family: null }

describe('predictLimit', () => {
  it('has parts that sum to the number, and names who taught it', () => {
    const limit = predictLimit(shape, known)
    if (limit.kind !== 'learned') throw new Error('not learned')
    expect(limit.parts.reduce((sum, { mib }) => sum + mib, 0)).toBe(limit.mib)
    expect(limit.mib % 8).toBe(0)
    expect(limit.teachers.map(({ server }) => server)).toEqual(['c', 'd', 'a'])
    const heavy = predictLimit({ ...shape, dependencies: ['sharp'] }, known)
    expect(heavy.kind === 'learned' && heavy.mib).toBeGreaterThan(limit.mib)
  })

  it('says that it is the default below eight servers', () => {
    const limit = predictLimit(shape, known.slice(1))
    expect(limit).toEqual({ kind: 'default', rows: 7, why: '7 servers were measured, and 8 are needed' })
    expect(describeFirstLimit(limit, 256)).toBe(
      'limit 256 MiB, the default: nobody set one, and nothing is known yet (7 servers were measured, and 8 are needed)',
    )
  })

  it('takes more where it does not know a dependency, and never more than the host allows', () => {
    const plain = predictLimit(shape, known)
    const unknown = predictLimit({ ...shape, dependencies: ['zod', 'axios', 'never-seen'] }, known)
    if (plain.kind !== 'learned' || unknown.kind !== 'learned') throw new Error('not learned')
    expect(unknown.mib).toBeGreaterThan(1.35 * plain.mib)
    expect(unknown.parts.some(({ what }) => what === 'unknown:1')).toBe(true)
    expect(predictLimit(shape, known, 72)).toMatchObject({ mib: 72 })
  })

  it('believes what other platforms say by half', () => {
    const own = known.map((each) => ({ ...each, dependencies: ['zod'] }))
    const mixed = (isPeer: boolean) =>
      own.map((each, index) => (index < 4 && isPeer ? { ...each, peer: 'node-2' } : each))
    const confidence = (rows: readonly Row[]) => {
      const limit = predictLimit({ ...shape, dependencies: ['zod'] }, rows)
      return limit.kind === 'learned' ? limit.confidence : 0
    }
    expect(confidence(mixed(true))).toBeLessThan(confidence(mixed(false)))
  })

  it('is a sentence that says it all', () => {
    const text = describeFirstLimit(
      {
        kind: 'learned',
        mib: 160,
        confidence: 0.61,
        rows: 12,
        parts: [
          { what: 'runtime:node', mib: 74 },
          { what: 'dependency:zod', mib: 9 },
          { what: 'margin', mib: 71 },
          { what: 'rounding', mib: 6 },
        ],
        teachers: [
          { server: 'weather', peer: null, peakMib: 81.4 },
          { server: 'notes', peer: 'node-2', peakMib: 90 },
        ],
      },
      256,
    )
    expect(text).toBe(
      'limit 160 MiB, learned from weather (81 MiB), notes on node-2 (90 MiB) of 12 servers: node 74 + zod 9 + margin 71 + rounding 6; confidence 0.61',
    )
  })
})

it('findSimilarity: alike is 1, another runtime tells little, the same package much', () => {
  expect(findSimilarity(shape, shape)).toBe(1)
  expect(findSimilarity(shape, { ...shape, runtime: 'python' })).toBe(0.15)
  const family = { ...shape, family: '@acme/files' }
  expect(findSimilarity(family, family)).toBe(3)
})
