/** Who shares a process of a server, when one ends, and that none is left: through the built platform. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectV1, connectV2, type Session } from './clients.ts'
import { eventually, findProcesses, isAlive, MARK, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash, readStatus, type Status } from './servers.ts'

type Shown = Status & {
  readonly idle: boolean
  readonly processes: readonly {
    readonly main: boolean
    readonly for: string
    readonly status: string
    readonly pid: number | null
    readonly adopted: boolean
    readonly in_flight: number
    readonly memory_bytes: number | null
  }[]
}

/** Counts its calls, in memory and so for each process. */
const COUNTER = buildServer({
  before: 'count=0',
  onCall: `count=$((count + 1)); reply "$id" '{"content":[{"type":"text","text":"'$count'"}]}'`,
})

let platform: Platform
let token: string
beforeAll(async () => {
  platform = await startPlatform({ max_servers: 20, health_check_interval: 1, processes: { per_server: 6 } })
  token = await platform.token()
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  expect(findProcesses(`${MARK}-`)).toEqual([])
})

const endpointOf = (name: string) => `${platform.url}/servers/${name}/mcp`
const count = async (session: Session) => Number((await session.call('act', {})).text)
const show = (name: string) => readStatus(platform, name) as Promise<Shown>
const pidsOf = ({ processes }: Shown) => processes.map(({ pid }) => pid ?? 0).sort((x, y) => x - y)
const others = async (name: string) => (await show(name)).processes.filter(({ main }) => !main)

describe('instances', () => {
  it('per_session: each session has a process of its own, which ends with it', async () => {
    await deployBash(platform, 'sessions', COUNTER, { instances: 'per_session' })
    const [a, b] = [
      await connectV1(endpointOf('sessions'), token),
      await connectV1(endpointOf('sessions'), token),
    ]
    expect([await count(a), await count(a), await count(b)]).toEqual([1, 2, 1])
    const shown = await show('sessions')
    expect(shown.processes.map(({ main, status }) => [main, status])).toEqual([
      [true, 'running'],
      [false, 'running'],
      [false, 'running'],
    ])
    expect(new Set(shown.processes.map(({ pid }) => pid)).size).toBe(3)
    await eventually('it', async () => ((await show('sessions')).usage?.processes ?? 0) >= 3 || null)
    await a.end()
    await eventually('it', async () => (await others('sessions')).length === 1 || null)
    expect(await count(b)).toBe(2)
    await b.end()
  })

  it('per_principal: a token shares with itself alone', async () => {
    await deployBash(platform, 'principals', COUNTER, { instances: 'per_principal' })
    const other = await platform.token()
    const mine = [
      await connectV1(endpointOf('principals'), token),
      await connectV2(endpointOf('principals'), token, '2026-07-28'),
    ] as const
    const theirs = await connectV1(endpointOf('principals'), other)
    expect([await count(mine[0]), await count(mine[1]), await count(theirs)]).toEqual([1, 2, 1])
    await Promise.all([...mine, theirs].map((session) => session.close()))
  })

  it('K-4: of pool:N, calls beside each other go to several processes', async () => {
    const slow = buildServer({
      before: 'me=$RANDOM$RANDOM$RANDOM',
      onCall: `sleep 1; reply "$id" '{"content":[{"type":"text","text":"'$me'"}]}'`,
    })
    await deployBash(platform, 'pool', slow, { instances: 'pool:3' })
    const client = await connectV2(endpointOf('pool'), token, '2026-07-28')
    const names = await Promise.all([1, 2, 3, 4, 5, 6].map(async () => (await client.call('act', {})).text))
    expect(new Set(names).size).toBe(3)
    expect((await show('pool')).processes).toHaveLength(3)
    await client.close()
  })
})

describe('a server that nobody uses', () => {
  it('K-2: is stopped, shown as idle, and started once by fifty calls that come together', async () => {
    await deployBash(platform, 'sleepy', COUNTER, { idle_stop_seconds: 1 })
    const client = await connectV2(endpointOf('sleepy'), token, '2026-07-28')
    const before = await show('sleepy')
    await eventually('it', async () => (await show('sleepy')).idle || null)
    expect(await show('sleepy')).toMatchObject({ status: 'stopped', desired: 'running', instance: null })
    expect(isAlive(before.instance?.pid ?? 0)).toBe(false)
    const counts = await Promise.all(Array.from({ length: 50 }, () => count(client)))
    // One process answered them all.
    expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1))
    await client.close()
  })
})

describe('nothing is left', () => {
  it('of processes over kills of the daemon and of one of them, while their sessions go on', async () => {
    await deployBash(platform, 'robust', COUNTER, { instances: 'per_session', restart_delay: 0.1 })
    const [a, b] = [
      await connectV1(endpointOf('robust'), token),
      await connectV1(endpointOf('robust'), token),
    ]
    expect([await count(a), await count(b)]).toEqual([1, 1])
    for (let round = 0; round < 3; round++) {
      const before = await show('robust')
      await platform.kill()
      await platform.start()
      const after = await show('robust')
      expect(after.processes).toHaveLength(3)
      expect(pidsOf(after)).toEqual(pidsOf(before))
      expect(after.processes.every(({ adopted }) => adopted)).toBe(true)
      // The very same processes go on counting.
      expect(await count(a)).toBe(round + 2)
      const victim = after.processes.filter(({ main }) => !main).at(-1)?.pid ?? 0
      process.kill(victim, 'SIGKILL')
      await eventually('another process', async () => {
        const now = await show('robust').then((shown) => pidsOf(shown))
        await count(b).catch(() => null)
        return now.length === 3 && !now.includes(victim) ? true : null
      })
      expect(await count(b)).toBeLessThan(100)
    }
    const ids = findProcesses(`${MARK}-robust`)
    expect(ids.length).toBeGreaterThanOrEqual(3)
    expect(await platform.json<Shown>('stop', 'robust')).toMatchObject({ status: 'stopped' })
    expect(findProcesses(`${MARK}-robust`)).toEqual([])
  })

  it('D29: of a server whose six processes ignore SIGTERM, after a single grace', async () => {
    const stubborn = buildServer({ before: "trap '' TERM" })
    await deployBash(platform, 'stubborn', stubborn, { instances: 'per_session' })
    const clients = await Promise.all(
      Array.from({ length: 5 }, () => connectV1(endpointOf('stubborn'), token)),
    )
    await Promise.all(clients.map((client) => client.call('act', {})))
    expect((await show('stubborn')).processes).toHaveLength(6)
    const began = performance.now()
    expect(await platform.json<Shown>('stop', 'stubborn')).toMatchObject({ status: 'stopped' })
    // Six graces of 5 s, one after the other, would take 30 s.
    expect(performance.now() - began).toBeLessThan(12_000)
    expect(findProcesses(`${MARK}-stubborn`)).toEqual([])
  })
})
