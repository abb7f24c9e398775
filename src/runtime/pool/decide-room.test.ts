import { describe, expect, it } from 'vitest'
import { buildId } from '../../domain/id.ts'
import { decideRoom, type Place } from './decide-room.ts'

const A = buildId('srv', 0, Buffer.alloc(16, 1))
const B = buildId('srv', 0, Buffer.alloc(16, 2))
const place = (process: string, use: Place<string>['use'], usedAt = 0, serverId = A): Place<string> => ({
  serverId,
  process,
  use,
  usedAt,
})
const limits = { perServer: 2, total: 3 }

describe('decideRoom', () => {
  it.each<[string, readonly Place<string>[], ReturnType<typeof decideRoom<string>>]>([
    ['starts where there is room', [place('a', 'busy')], { kind: 'start' }],
    [
      'ends the least recently used one of its own',
      [place('a', 'idle', 7), place('b', 'idle', 3)],
      { kind: 'evict', process: 'b' },
    ],
    [
      'ends none that is used',
      [place('a', 'busy', 1), place('b', 'idle', 3)],
      { kind: 'evict', process: 'b' },
    ],
    [
      'waits for one that is ending already',
      [place('a', 'idle', 1), place('b', 'ending', 3)],
      { kind: 'wait', process: 'b' },
    ],
    [
      'never ends one of another server for its own limit',
      [place('a', 'busy'), place('b', 'busy'), place('c', 'idle', 0, B)],
      { kind: 'full', limit: 'perServer' },
    ],
    [
      'ends one of any server where the host is full',
      [place('a', 'busy'), place('b', 'idle', 2, B), place('c', 'idle', 1, B)],
      { kind: 'evict', process: 'c' },
    ],
    [
      'tells that the host is full',
      [place('a', 'busy'), place('b', 'busy', 0, B), place('c', 'busy', 0, B)],
      { kind: 'full', limit: 'total' },
    ],
  ])('%s', (_, places, decision) => {
    expect(decideRoom(A, places, limits)).toEqual(decision)
  })
})
