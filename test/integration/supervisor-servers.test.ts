/** Every way a server can misbehave, in a real sandbox: the right word and cause, a sentence, and nothing left. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ServerId } from '../../src/domain/id.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import type { ServerConfig } from '../../src/domain/server.ts'
import { DEFAULT_LIMITS } from '../../src/domain/server.ts'
import { systemClock } from '../../src/system/clock.ts'
import { findSandboxGap, openRealWorld, type RealWorld } from './supervisor-world.ts'
import { buildMainKey } from '../../src/domain/process-key.ts'

const MAIN = buildMainKey('legacy')

const gap = await findSandboxGap()

const ACTOR = 'token:test'
let dataDir: string
let world: RealWorld
let started: ServerId[] = []
let number = 0

async function start(
  fixture: string,
  config: Partial<ServerConfig> = {},
  command?: readonly string[],
): Promise<ServerId> {
  const id = world.add(++number, fixture, config, command)
  started.push(id)
  world.supervisor.track(id, `server-${number}`)
  await world.supervisor.start(id, ACTOR)
  return id
}

async function call(id: ServerId, message: string): Promise<JsonObject> {
  const connection = await world.supervisor.open(id, MAIN, AbortSignal.timeout(20_000))
  return new Promise((resolve, reject) => {
    const params = { name: 'echo', arguments: { message } }
    connection.request('tools/call', params, { onResponse: resolve, onLost: reject })
  })
}
const textOf = (answer: JsonObject) =>
  (answer as { result?: { content: { text: string }[] } }).result?.content[0]?.text

describe.skipIf(gap !== null)(`a server in its sandbox${gap ?? ''}`, () => {
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'supervisor-'))
    world = await openRealWorld(dataDir, 1)
  })
  afterEach(async () => {
    await Promise.all(started.map((id) => world.supervisor.remove(id, ACTOR)))
    started = []
    expect(await world.leftovers()).toEqual([])
  })
  afterAll(async () => {
    await world.close('stop')
    await rm(dataDir, { recursive: true })
  })

  describe('well-behaved', () => {
    it.each(['echo.sh', 'echo.py', 'slow-start.sh', 'noise-on-stdout.sh', 'floods-stderr.sh'])(
      '%s answers',
      async (fixture) => {
        const id = await start(fixture)
        expect(textOf(await call(id, 'hello'))).toBe(fixture === 'noise-on-stdout.sh' ? 'done' : 'hello')
        expect(world.supervisor.facts(id)).toMatchObject({ adopted: false, serverInfo: { name: 'fixture' } })
      },
    )

    it('keeps what it writes: noise as stdout, a flood counted to the line', async () => {
      const noisy = await start('noise-on-stdout.sh')
      await call(noisy, 'x')
      const noise = await world.logs.read(noisy, { stream: 'stdout' })
      expect(noise.map((line) => line.text)).toEqual(['Listening for requests ...', 'debug: called'])
      const flooding = await start('floods-stderr.sh')
      await world.reach(flooding, 'running')
      const read = () => world.logs.read(flooding, { tail: 10_000, stream: 'stderr' })
      // The two streams are read side by side: being ready says nothing about how far stderr is.
      await expect.poll(async () => (await read()).at(-1)?.text, { timeout: 20_000 }).toBe('flood 20000')
      const lines = await read()
      const numbers = lines.map((line) => Number(line.text.split(' ')[1]))
      expect(numbers).toEqual(numbers.map((_, index) => 20_001 - numbers.length + index))
    })

    it('shows a spinner’s processor use, throttled to its limit', async () => {
      const id = await start('spins.sh', { limits: { ...DEFAULT_LIMITS, cpuPercent: 50 } })
      await world.reach(id, 'running')
      await expect
        .poll(() => world.supervisor.usage(id)?.cpuPercent, { timeout: 20_000, interval: 500 })
        .toBeGreaterThan(25)
      // Without a control group nothing holds a processor back, and the record says so.
      const held = world.supervisor.facts(id)?.enforcement.cpu.level === 'hard'
      expect(world.supervisor.usage(id)?.cpuPercent).toBeLessThan(held ? 75 : 150)
      expect(world.supervisor.usage(id)?.memoryBytes).toBeGreaterThan(0)
    })
  })

  describe('misbehaving at the start', () => {
    it.each([
      ['exits-at-once.sh', {}, 'exited', 'code 3', 'no configuration file found', ''],
      [
        'missing-import.py',
        {},
        'init_failed',
        'code 1',
        "No module named 'httpx'",
        'Add httpx to requirements.txt',
      ],
      [
        'never-answers.sh',
        { startTimeoutSeconds: 2 },
        'start_timeout',
        'within 2 s',
        'waiting for',
        'start_timeout',
      ],
      ['speaks-only-2099.sh', {}, 'init_failed', 'only MCP 2099-01-01', '', 'MCP client'],
      ['answers-garbage.sh', {}, 'init_failed', 'malformed', '', 'MCP client'],
      ['long-line.py', {}, 'protocol', 'more than 4 MiB', '', 'standard error'],
      [
        'eats-memory.py',
        { limits: { ...DEFAULT_LIMITS, memoryMb: 64 } },
        'out_of_memory',
        '64 MiB',
        'taking',
        'memory_mb',
      ],
    ])('%s', async (fixture, config, cause, detail, stderr, hint) => {
      const id = await start(fixture, { ...config, autoRestart: false })
      const state = await world.reach(id, 'failed')
      expect(state.lastExit).toMatchObject({ cause })
      expect(state.lastExit?.detail).toContain(detail)
      expect(state.lastExit?.stderrTail).toContain(stderr)
      expect(state.lastExit?.hint).toContain(hint)
      expect(await world.leftovers()).toEqual([])
      const told = await world.logs.read(id, { stream: 'platform', tail: 1 })
      expect(told[0]?.text).toContain(`Ended (${cause})`)
    })

    it('a script that does not exist', async () => {
      const id = await start('does-not-exist.sh', { autoRestart: false })
      const state = await world.reach(id, 'failed')
      expect(state.lastExit).toMatchObject({ cause: 'init_failed', class: 'missing_file', code: 127 })
      expect(state.lastExit?.hint).toContain('The archive lacks the file /app/does-not-exist.sh')
    })

    it('a script whose interpreter does not exist', async () => {
      const id = await start('missing-interpreter.sh', {}, ['/app/missing-interpreter.sh'])
      const state = await world.reach(id, 'failed')
      expect(state.lastExit).toMatchObject({ cause: 'init_failed', code: 127 })
      expect(state.lastExit?.detail).toContain('/app/missing-interpreter.sh')
    })

    it('a command that does not exist is given up at once, whatever auto_restart says', async () => {
      const id = await start('echo.sh', {}, ['/app/nothing-here'])
      const state = await world.reach(id, 'failed')
      expect(state.lastExit).toMatchObject({ cause: 'init_failed' })
      expect(state.lastExit?.detail).toContain('/app/nothing-here')
      expect(await world.leftovers()).toEqual([])
    })
  })

  describe('misbehaving later', () => {
    it('a crash is noticed with its code, and the waiting call ends', async () => {
      const id = await start('crashes-on-call.sh', { autoRestart: false })
      await expect(call(id, 'x')).rejects.toMatchObject({ code: 'server_stopped_answering' })
      expect(await world.reach(id, 'failed')).toMatchObject({
        lastExit: { cause: 'exited', code: 7, stderrTail: 'about to crash' },
      })
    })

    it('kill -9 from outside is noticed, and it comes back', async () => {
      const id = await start('echo.sh')
      await call(id, 'up')
      const pid = world.supervisor.facts(id)?.pid ?? 0
      process.kill(pid, 'SIGKILL')
      expect(await world.reach(id, 'backoff')).toMatchObject({
        attempt: 1,
        lastExit: { cause: 'signalled', signal: 'SIGKILL' },
      })
      expect(textOf(await call(await world.reach(id, 'running').then(() => id), 'back'))).toBe('back')
      expect(world.supervisor.facts(id)?.pid).not.toBe(pid)
      expect(world.supervisor.restarts(id)).toBe(1)
    })

    it('an exit in the middle of a line keeps the half line in the log', async () => {
      const id = await start('prints-partial-line.sh', { autoRestart: false })
      await expect(call(id, 'x')).rejects.toMatchObject({ code: 'server_stopped_answering' })
      await world.reach(id, 'failed')
      const lines = await world.logs.read(id, { stream: 'stderr' })
      expect(lines.at(-1)?.text).toBe('last words without a newline')
    })

    it('D27: silence is noticed by pings', async () => {
      // Ten times as fast, so that three pings of 5 s are over soon.
      const after = (ms: number, task: () => void) => systemClock.after(ms / 10, task)
      await world.close('stop')
      world = await openRealWorld(dataDir, 2, { ...systemClock, after })
      const id = await start('stops-answering.sh', { healthCheckIntervalSeconds: 1, autoRestart: false })
      await world.reach(id, 'running')
      await expect
        .poll(() => world.supervisor.state(id), { timeout: 15_000 })
        .toMatchObject({ health: 'unhealthy' })
      expect(await world.reach(id, 'failed')).toMatchObject({ lastExit: { cause: 'health' } })
    })

    it('a crash loop backs off with growing delays and ends in failed', async () => {
      const id = await start('exits-at-once.sh', { restartDelaySeconds: 0.2, maxRestarts: 3 })
      expect(await world.reach(id, 'failed')).toMatchObject({ attempt: 3 })
      const delays = world.events.flatMap((event) =>
        event.type === 'server.status' && event.serverId === id && event.nextTry !== null ? [event] : [],
      )
      expect(delays.map((event) => event.attempt)).toEqual([1, 2, 3])
      expect(world.supervisor.restarts(id)).toBe(3)
    })
  })

  describe('stopping', () => {
    it.each(['ignores-sigterm.sh', 'forks-a-grandchild.sh', 'never-answers.sh'])(
      '%s leaves nothing',
      async (fixture) => {
        const id = await start(fixture)
        if (fixture !== 'never-answers.sh') await call(id, 'up')
        await world.supervisor.stop(id, ACTOR)
        expect(await world.reach(id, 'stopped')).toMatchObject({ lastExit: { cause: 'asked' } })
        expect(await world.leftovers()).toEqual([])
      },
    )

    it('twenty manual restarts cost nothing', async () => {
      const id = await start('echo.sh')
      const pids = new Set<number>()
      for (let n = 0; n < 20; n++) {
        await world.supervisor.restart(id, ACTOR)
        await world.reach(id, 'running')
        pids.add(world.supervisor.facts(id)?.pid ?? 0)
      }
      expect(pids.size).toBe(20)
      expect(world.supervisor.state(id)).toMatchObject({ kind: 'running', attempt: 0 })
      expect(await world.ledger.list()).toHaveLength(1)
      expect(textOf(await call(id, 'still here'))).toBe('still here')
    })
  })
})
