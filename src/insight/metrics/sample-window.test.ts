import { expect, it } from 'vitest'
import type { ServerId } from '../../domain/id.ts'
import type { ResourceUsage } from '../../domain/server.ts'
import { createSampleWindow } from './sample-window.ts'

const [a, b] = ['srv_a', 'srv_b'] as ServerId[] as [ServerId, ServerId]
const sample = (at: number) => ({ at }) as ResourceUsage

it('keeps the last samples of each server, oldest first', () => {
  const window = createSampleWindow(3)
  for (const at of [1, 2, 3, 4, 5]) window.add(a, sample(at))
  window.add(b, sample(9))
  expect(window.list(a).map(({ at }) => at)).toEqual([3, 4, 5])
  expect(window.list(b).map(({ at }) => at)).toEqual([9])
  window.remove(a)
  expect(window.list(a)).toEqual([])
})
