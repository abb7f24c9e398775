import { describe, expect, it } from 'vitest'
import { buildId } from './id.ts'
import type { Version } from './server.ts'
import { decideStanding, findPrevious } from './version-standing.ts'

const idOf = (number: number) => buildId('ver', 0, Buffer.alloc(16, number))
const build = (number: number, changes: Partial<Pick<Version, 'failure' | 'review'>> = {}) => ({
  id: idOf(number),
  number,
  failure: null,
  review: null,
  ...changes,
})
const FAILED = { failure: { reason: 'It ended twice.', at: 5 } }
const HELD = { review: { state: 'pending' } } as const

describe('findPrevious', () => {
  it.each<[string, number, ReturnType<typeof build>[], number | null]>([
    ['is the one before', 3, [build(3), build(2), build(1)], 2],
    [
      'passes over one that failed and one that is held',
      4,
      [build(4), build(3, FAILED), build(2, HELD), build(1)],
      1,
    ],
    ['is never a newer one', 1, [build(2), build(1)], null],
    ['is nothing without an active one', 9, [build(2), build(1)], null],
  ])('%s', (_, active, versions, number) => {
    expect(findPrevious({ activeVersion: idOf(active) }, versions)?.number ?? null).toBe(number)
  })
})

describe('decideStanding', () => {
  it('says of each what it is', () => {
    const versions = [build(6), build(5, FAILED), build(4), build(3, HELD), build(2), build(1)]
    const server = { activeVersion: idOf(4) }
    expect(versions.map((version) => decideStanding(server, version, versions))).toEqual([
      'kept',
      'failed',
      'active',
      'held',
      'previous',
      'kept',
    ])
  })

  it('calls one that failed active when it was made active again', () => {
    const versions = [build(2, FAILED), build(1)]
    expect(decideStanding({ activeVersion: idOf(2) }, versions[0]!, versions)).toBe('active')
  })
})
