import { expect, it } from 'vitest'
import { findDone } from './steps.ts'

type Stats = Parameters<typeof findDone>[0]
const stats = (total: number, running: number, calls: number) =>
  ({ servers: { total, by_status: { running } }, calls_last_hour: { total: calls } }) as unknown as Stats

it('knows how far somebody has come', () => {
  expect([...findDone(stats(0, 0, 0), [], 0)]).toEqual(['claim'])
  expect([...findDone(stats(1, 0, 0), [], 0)]).toEqual(['claim', 'deploy'])
  expect([...findDone(stats(1, 1, 0), [], 1)]).toEqual(['claim', 'deploy', 'run', 'token'])
  expect(findDone(stats(1, 0, 4), [], 0).size).toBe(5)
  expect(findDone(stats(1, 0, 0), [{ type: 'client.connected' }], 0).size).toBe(5)
})
