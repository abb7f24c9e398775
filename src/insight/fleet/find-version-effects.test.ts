import { describe, expect, it } from 'vitest'
import type { VersionId } from '../../domain/id.ts'
import { createRandom } from '../../../test/bench/replay/seeded.ts'
import { findVersionEffects } from './find-version-effects.ts'
import { readMoves, type Move, type MovedVersion } from './read-moves.ts'
import { findSignChance } from './statistics.ts'

/** Five moved to x 2.0 and take 40 MiB more; twenty were deployed anew for other reasons, up and down by a little. */
const FLEET: readonly Move[] = Array.from({ length: 25 }, (_, index) => ({
  server: `server-${index}`,
  to: index < 5 ? ['x 2.0'] : index < 15 ? ['y 1.1', ...(index % 2 === 0 ? ['z 3.0'] : [])] : [],
  beforeMib: 100,
  afterMib: index < 5 ? 138 + index : 100 + ((index * 7) % 11) - 5,
}))

describe('cross-deployment learning: memory by version of a dependency', () => {
  it('says what rose where one moved to a version, against those that did not', () => {
    expect(findVersionEffects(FLEET)).toEqual([
      {
        kind: 'memory_by_version',
        class: null,
        subject: 'x 2.0',
        text: expect.stringMatching(
          /^memory rose 40 MiB on 5 of 5 servers that moved to x 2\.0, and on \d of 20 others with a new version; chance \S+ among 6 that were compared$/,
        ),
        n: 5,
        effect: 1,
        interval: [expect.closeTo(0.566, 3), 1],
        chance: expect.any(Number),
        changeMib: 40,
        servers: ['server-0', 'server-1', 'server-2', 'server-3', 'server-4'],
      },
    ])
  })

  it('finds nothing in twenty shuffles of what memory did', () => {
    let state = 12_345
    const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
    const ends = FLEET.map(({ afterMib }) => afterMib)
    for (let turn = 0; turn < 20; turn++) {
      for (let index = ends.length - 1; index > 0; index--) {
        const other = Math.floor(random() * (index + 1))
        ;[ends[index], ends[other]] = [ends[other] ?? 0, ends[index] ?? 0]
      }
      const shuffled = FLEET.map((move, index) => ({ ...move, afterMib: ends[index] ?? 0 }))
      expect(findVersionEffects(shuffled)).toEqual([])
    }
  })

  it('finds what is planted in nearly all of a hundred made-up fleets, and nothing in them without it', () => {
    let found = 0
    for (let seed = 0; seed < 100; seed++) {
      const random = createRandom(seed, 1)
      const moves = Array.from({ length: 40 }, (_, index) => ({
        server: `server-${index}`,
        to: ['a 2', 'b 2', 'c 2', 'd 2', 'e 2'].filter(() => random.uniform(0, 1) < 0.3),
        beforeMib: 100,
        afterMib: 100 * (1 + 0.06 * random.normal()),
      }))
      expect(findVersionEffects(moves)).toEqual([])
      const planted = moves.map((move) =>
        move.to.includes('a 2') ? { ...move, afterMib: move.afterMib + 30 } : move,
      )
      if (findVersionEffects(planted).some(({ subject }) => subject === 'a 2')) found++
    }
    expect(found).toBeGreaterThanOrEqual(95)
  })

  it('finds nothing where memory rises with any new version, or with too few to tell', () => {
    expect(findVersionEffects(FLEET.map((move) => ({ ...move, afterMib: 140 })))).toEqual([])
    expect(findVersionEffects(FLEET.slice(0, 5))).toEqual([])
    expect(findVersionEffects(FLEET.slice(1))).toEqual([])
  })

  it('tells what came together as one, and what fell', () => {
    const both = FLEET.map((move) =>
      move.to.includes('x 2.0') ? { ...move, to: ['w 9.0', 'x 2.0'], afterMib: 60 } : move,
    )
    expect(findVersionEffects(both)).toMatchObject([{ subject: 'w 9.0 and x 2.0', changeMib: -40, n: 5 }])
  })

  it('rests on the sign test of the books', () => {
    expect(findSignChance(5, 5)).toBeCloseTo(1 / 32, 12)
    expect(findSignChance(9, 10)).toBeCloseTo(11 / 1024, 12)
  })
})

describe('readMoves', () => {
  const id = (name: string) => `ver_${name}` as VersionId
  const day = (version: string, at: number, mib: number, steps = 8_640) => ({
    versionId: id(version),
    day: at,
    steps,
    memoryPeak: mib * 2 ** 20,
  })

  it('compares the week before a change with the week after, by what is in another version', () => {
    const versions = new Map<VersionId, MovedVersion>([
      [id('a'), { number: 3, versions: { x: '1.0', y: '1.0', gone: '1' } }],
      [id('b'), { number: 7, versions: { x: '2.0', y: '1.0', fresh: '1' } }],
    ])
    const days = [
      day('a', 1, 900),
      ...[2, 3, 4, 5, 6, 7, 8].map((at) => day('a', at, 100)),
      day('a', 9, 500, 10),
      day('b', 9, 150),
      day('b', 10, 170),
      day('unknown', 10, 1),
    ]
    expect(readMoves('s', days, versions)).toEqual([
      { server: 's', to: ['x 2.0'], beforeMib: 100, afterMib: 160 },
    ])
  })
})
