/** What a server takes is kept each second, over its own end and the daemon's. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash } from './servers.ts'

type Samples = {
  readonly server: string | null
  readonly step_seconds: number
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (number | null)[])[]
}

/** Each call needs more than it may have. */
const HUNGRY = buildServer({
  onCall: `head -c 400M /dev/zero | tail > /dev/null; reply "$id" '{"content":[]}'`,
})

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(() => platform[Symbol.asyncDispose]())

const read = (...name: string[]) => platform.json<Samples>('stats', ...name, '--range', '10m')
const cells = ({ columns, rows }: Samples, column: string) =>
  rows.map((row) => row[columns.indexOf(column)]).filter((value) => value !== null && value !== undefined)
const sum = (samples: Samples, column: string) =>
  cells(samples, column).reduce((all, value) => all + value, 0)

it('counts a kill for want of memory, and goes on with the same server after the daemon was killed', async () => {
  await deployBash(platform, 'hungry', HUNGRY, { resource_limits: { memory_mb: 64 }, restart_delay: 1 })
  // Answered or not: the kernel takes what ate the memory, and the platform the rest of the server.
  await platform.cli(['call', 'hungry', 'act', '{}'])
  const before = await eventually('the kill among the samples', async () => {
    const found = await read('hungry')
    return sum(found, 'oom_kills') === 1 && sum(found, 'starts') === 2 ? found : null
  })
  expect(before).toMatchObject({ server: 'hungry', step_seconds: 10 })
  expect(sum(before, 'calls')).toBeGreaterThan(0)
  expect(Math.max(...cells(before, 'memory_censored'))).toBe(1)
  expect(Math.max(...cells(before, 'memory_max_bytes'))).toBeGreaterThan(0)

  await platform.kill()
  await platform.start()
  const after = await eventually('samples of the server that was taken over', async () => {
    const found = await read('hungry')
    return sum(found, 'samples') > sum(before, 'samples') ? found : null
  })
  expect([sum(after, 'oom_kills'), sum(after, 'starts')]).toEqual([1, 2])
  const host = await read()
  expect(host.server).toBeNull()
  expect(Math.max(...cells(host, 'memory_limit_bytes'))).toBeGreaterThan(2 ** 20)
  expect(sum(host, 'oom_kills')).toBe(1)
})
