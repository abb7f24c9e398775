import { expect, it } from 'vitest'
import { parseConfig } from '../config/load.ts'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { createLiveSettings, repeatLive } from './live-settings.ts'

const read = (settings: object) =>
  parseConfig(JSON.stringify({ mcp_hosting: settings }), 'config.json', {}).config

it('renews the values of what a part holds, and tells who has to be told', () => {
  const first = read({ max_servers: 1 })
  const live = createLiveSettings(first)
  const rates = live.follow((config) => config.rate_limits)
  const told: number[] = []
  live.onChange((config) => told.push(config.max_servers))
  live.take(read({ max_servers: 2, rate_limits: { api: 7 } }))
  expect(rates.api).toBe(7)
  expect(told).toEqual([2])
  expect(live.config().max_servers).toBe(2)
  expect(first.rate_limits.api).toBe(600)
})

it('repeats at the new pace from the change on, and no more once it is stopped', async () => {
  const clock = createFakeClock()
  const live = createLiveSettings(read({ cleanup_interval: 3600 }))
  let count = 0
  const stop = repeatLive(
    live,
    clock,
    (config) => config.cleanup_interval * 1000,
    async () => void count++,
  )
  clock.advance(60_000)
  expect(count).toBe(0)
  live.take(read({ cleanup_interval: 60 }))
  clock.advance(60_000)
  await Promise.resolve()
  expect(count).toBe(1)
  stop()
  live.take(read({ cleanup_interval: 1 }))
  clock.advance(60_000)
  expect(count).toBe(1)
})
