/** The supervisor over the fake backend: every way a server can live and end, with time moved by hand. */
import { PassThrough, type Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/domain/error.ts'
import type { ServerId } from '../../src/domain/id.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import type { ServerState } from '../../src/domain/server-state.ts'
import type { Backend } from '../../src/runtime/ports.ts'
import type { Supervisor } from '../../src/runtime/supervisor/supervisor.ts'
import { buildLaunchSpec } from '../fakes/launch-spec.ts'
import { createWorld, type World } from '../fakes/supervised.ts'
import { buildMainKey } from '../../src/domain/process-key.ts'

const MAIN = buildMainKey('legacy')

const ACTOR = 'token:test'
const never = new AbortController().signal

async function startOne(
  fixture: string,
  config = {},
): Promise<{ world: World; supervisor: Supervisor; id: ServerId }> {
  const world = createWorld()
  const id = world.add(1, fixture, config)
  const supervisor = world.boot()
  supervisor.track(id, 'server-1')
  await supervisor.start(id, ACTOR)
  await world.clock.advance(0)
  return { world, supervisor, id }
}

async function callEcho(supervisor: Supervisor, id: ServerId, message: string): Promise<JsonObject> {
  const connection = await supervisor.open(id, MAIN, never)
  return new Promise((resolve, reject) => {
    connection.request(
      'tools/call',
      { name: 'echo', arguments: { message } },
      { onResponse: resolve, onLost: reject },
    )
  })
}

const kind = (supervisor: Supervisor, id: ServerId) => supervisor.state(id)?.kind
const healths = (world: World) =>
  world.events.flatMap((event) => (event.type === 'server.health' ? [event.health] : []))
const statuses = (world: World) =>
  world.events.flatMap((event) => (event.type === 'server.status' ? [event.status] : []))

describe('starting', () => {
  it('runs once initialize is answered, and relays a call', async () => {
    const { world, supervisor, id } = await startOne('echo.sh')
    expect(supervisor.state(id)).toMatchObject({
      kind: 'running',
      attempt: 0,
      health: 'healthy',
      lastExit: null,
    })
    expect(supervisor.facts(id)).toMatchObject({
      pid: 1001,
      adopted: false,
      protocolVersion: '2025-11-25',
      serverInfo: { name: 'fixture', version: '1.0.0' },
    })
    expect((await callEcho(supervisor, id, 'hello'))['result']).toEqual({
      content: [{ type: 'text', text: 'hello' }],
    })
    expect((await world.ledger.list())[0]?.initializeResult).toMatchObject({ protocolVersion: '2025-11-25' })
    expect(statuses(world)).toEqual(['starting', 'running'])
    expect(supervisor.findByName('server-1')).toBe(id)
  })

  it('lets a call wait while the server starts', async () => {
    const { world, supervisor, id } = await startOne('slow-start.sh')
    const answer = callEcho(supervisor, id, 'early')
    expect(kind(supervisor, id)).toBe('starting')
    await world.clock.advance(2000)
    expect((await answer)['result']).toEqual({ content: [{ type: 'text', text: 'early' }] })
  })

  it('gives a server that never answers its deadline', async () => {
    const { world, supervisor, id } = await startOne('never-answers.sh', { startTimeoutSeconds: 10 })
    await world.clock.advance(9_999)
    expect(kind(supervisor, id)).toBe('starting')
    await world.clock.advance(1)
    expect(supervisor.state(id)).toMatchObject({
      kind: 'backoff',
      attempt: 1,
      lastExit: { cause: 'start_timeout', detail: 'It did not answer MCP initialize within 10 s.' },
    })
    expect(world.backend.processes()).toHaveLength(0)
    expect(await world.ledger.list()).toEqual([])
  })

  it.each([
    [
      'exits-at-once.sh',
      'exited',
      'code 3',
      'no configuration file found',
      'Its last lines of stderr tell more.',
    ],
    [
      'missing-import.py',
      'init_failed',
      'code 1',
      "No module named 'httpx'",
      'Add httpx to requirements.txt',
    ],
    ['speaks-only-2099.sh', 'init_failed', 'It speaks only MCP 2099-01-01', '', 'any MCP client'],
    ['answers-garbage.sh', 'init_failed', 'malformed: protocolVersion', '', 'any MCP client'],
    ['eats-memory.py', 'out_of_memory', 'more memory', '', 'memory_mb'],
    ['long-line.py', 'protocol', 'more than 4 MiB', '', 'standard error'],
  ])('tells why %s did not start', async (fixture, cause, detail, stderr, hint) => {
    const { world, supervisor, id } = await startOne(fixture)
    const state = supervisor.state(id)
    expect(state).toMatchObject({ kind: 'backoff', lastExit: { cause } })
    expect(state?.lastExit?.detail).toContain(detail)
    expect(state?.lastExit?.stderrTail).toContain(stderr)
    expect(state?.lastExit?.hint).toContain(hint)
    expect(world.backend.processes()).toHaveLength(0)
    expect(await world.ledger.list()).toEqual([])
  })

  it('gives up at once where another try cannot help', async () => {
    const { supervisor, id } = await startOne('does-not-exist.sh')
    expect(supervisor.state(id)).toMatchObject({ kind: 'failed', lastExit: { cause: 'init_failed' } })
    await expect(supervisor.open(id, MAIN, never)).rejects.toMatchObject({ code: 'server_not_running' })
  })

  it('tries again where the platform failed, and tells its cause', async () => {
    const world = createWorld()
    const id = world.add(1, 'echo.sh')
    const supervisor = world.boot()
    supervisor.track(id, 'server-1')
    world.backend.failWith(new AppError('sandbox_failed', 'There is no room for another cgroup'))
    await supervisor.start(id, ACTOR)
    await world.clock.advance(0)
    expect(supervisor.state(id)).toMatchObject({
      kind: 'backoff',
      lastExit: {
        cause: 'platform',
        detail: 'There is no room for another cgroup',
        hint: 'See haivemind doctor.',
      },
    })
    world.backend.failWith(null)
    await world.clock.advance(5000)
    expect(kind(supervisor, id)).toBe('running')
  })

  it('starts nothing whose record cannot be read', async () => {
    const world = createWorld()
    const id = world.add(1, 'echo.sh')
    const record = world.records.get(id)
    const supervisor = world.boot()
    supervisor.track(id, 'server-1')
    world.records.delete(id)
    await supervisor.start(id, ACTOR)
    await world.clock.advance(0)
    expect(supervisor.state(id)).toMatchObject({ kind: 'backoff', lastExit: { cause: 'platform' } })
    expect(world.backend.started()).toBe(0)
    if (record !== undefined) world.records.set(id, record)
    await world.clock.advance(5000)
    expect(kind(supervisor, id)).toBe('running')
  })

  it('keeps noise on stdout out of the protocol and in the log', async () => {
    const { world, supervisor, id } = await startOne('noise-on-stdout.sh')
    expect(kind(supervisor, id)).toBe('running')
    expect(world.logs).toContainEqual({ serverId: id, stream: 'stdout', text: 'Listening for requests ...' })
  })

  it('starts one instance for fifty wishes', async () => {
    const { world, supervisor, id } = await startOne('echo.sh')
    await Promise.all(Array.from({ length: 50 }, () => supervisor.start(id, ACTOR)))
    await world.clock.advance(0)
    expect(world.backend.started()).toBe(1)
  })
})

describe('restarting', () => {
  it('backs off 5, 10, 20, 40, 60 seconds, then gives up with the cause', async () => {
    const { world, supervisor, id } = await startOne('exits-at-once.sh')
    const waits: number[] = []
    for (let attempt = 1; attempt <= 5; attempt++) {
      const state = supervisor.state(id) as Extract<ServerState, { kind: 'backoff' }>
      expect(state).toMatchObject({ kind: 'backoff', attempt })
      waits.push(state.nextTry - world.clock.now())
      await world.clock.advance(state.nextTry - world.clock.now())
    }
    expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 60_000])
    expect(supervisor.state(id)).toMatchObject({
      kind: 'failed',
      reason: 'Gave up after 5 restarts: It ended by itself with code 3.',
      lastExit: { cause: 'exited', code: 3 },
    })
    expect(supervisor.restarts(id)).toBe(5)
    await world.clock.advance(3_600_000)
    expect(world.backend.started()).toBe(6)
  })

  it('forgives after a stable minute', async () => {
    const { world, supervisor, id } = await startOne('crashes-on-call.sh')
    await callEcho(supervisor, id, 'x').catch(() => {})
    await world.clock.advance(0)
    expect(supervisor.state(id)).toMatchObject({ kind: 'backoff', attempt: 1, lastExit: { code: 7 } })
    await world.clock.advance(5000 + 59_000)
    await callEcho(supervisor, id, 'x').catch(() => {})
    await world.clock.advance(0)
    expect(supervisor.state(id)).toMatchObject({ kind: 'backoff', attempt: 2 })
    await world.clock.advance(10_000 + 60_000)
    await callEcho(supervisor, id, 'x').catch(() => {})
    await world.clock.advance(0)
    expect(supervisor.state(id)).toMatchObject({ kind: 'backoff', attempt: 1 })
  })

  it('does not count manual restarts: twenty of them, then a crash loop has its whole budget', async () => {
    const { world, supervisor, id } = await startOne('echo.sh')
    for (let n = 0; n < 20; n++) {
      await supervisor.restart(id, ACTOR)
      await world.clock.advance(0)
    }
    expect(supervisor.state(id)).toMatchObject({ kind: 'running', attempt: 0 })
    expect(supervisor.restarts(id)).toBe(0)
    expect(world.backend.started()).toBe(21)
    world.backend.processes()[0]?.kill()
    await world.clock.advance(0)
    expect(supervisor.state(id)).toMatchObject({
      kind: 'backoff',
      attempt: 1,
      lastExit: { cause: 'signalled' },
    })
  })

  it('gives up at the first exit with auto_restart off', async () => {
    const { supervisor, id } = await startOne('exits-at-once.sh', { autoRestart: false })
    expect(supervisor.state(id)).toMatchObject({
      kind: 'failed',
      reason: 'auto_restart is off: It ended by itself with code 3.',
    })
  })

  it('ends every waiting call when the process dies', async () => {
    const { world, supervisor, id } = await startOne('hangs-on-calls.sh')
    const lost = callEcho(supervisor, id, 'x').catch((error: unknown) => error)
    await world.clock.advance(0)
    world.backend.processes()[0]?.kill()
    expect(await lost).toMatchObject({
      code: 'server_stopped_answering',
      message: 'server-1 ended before it answered: It was killed from outside by SIGKILL.',
    })
  })
})

describe('stopping', () => {
  it('stays stopped over three health intervals', async () => {
    const { world, supervisor, id } = await startOne('echo.sh')
    await supervisor.stop(id, ACTOR)
    await world.clock.advance(0)
    expect(supervisor.state(id)).toMatchObject({ kind: 'stopped', lastExit: { cause: 'asked', hint: null } })
    await world.clock.advance(90_000)
    expect(kind(supervisor, id)).toBe('stopped')
    expect(world.backend.started()).toBe(1)
    expect(supervisor.facts(id)).toBeNull()
    await expect(supervisor.open(id, MAIN, never)).rejects.toMatchObject({
      code: 'server_not_running',
      message: 'server-1 is stopped. Last exit: Stopped on request.',
      hint: 'Start it with haivemind start server-1.',
    })
  })

  it('stops while starting', async () => {
    const { world, supervisor, id } = await startOne('never-answers.sh')
    await supervisor.stop(id, ACTOR)
    await world.clock.advance(0)
    expect(kind(supervisor, id)).toBe('stopped')
    await world.clock.advance(60_000)
    expect(kind(supervisor, id)).toBe('stopped')
  })

  it('stops what is still being made, and never initializes it', async () => {
    const world = createWorld()
    const id = world.add(1, 'never-answers.sh')
    const gate = Promise.withResolvers<void>()
    const start: Backend['start'] = async (spec, ledger) => {
      await gate.promise
      return world.backend.start(spec, ledger)
    }
    const supervisor = world.boot({ backend: { ...world.backend, start } })
    supervisor.track(id, 'server-1')
    await supervisor.start(id, ACTOR)
    await supervisor.stop(id, ACTOR)
    expect(kind(supervisor, id)).toBe('stopping')
    gate.resolve()
    await world.clock.advance(0)
    expect(supervisor.state(id)).toMatchObject({ kind: 'stopped', lastExit: { cause: 'asked' } })
    expect(world.backend.processes()).toHaveLength(0)
  })

  it('stops in backoff, and the wait ends with it', async () => {
    const { world, supervisor, id } = await startOne('exits-at-once.sh')
    await supervisor.stop(id, ACTOR)
    await world.clock.advance(600_000)
    expect(kind(supervisor, id)).toBe('stopped')
    expect(world.backend.started()).toBe(1)
  })

  it('gives a server that ignores SIGTERM five seconds', async () => {
    const { world, supervisor, id } = await startOne('ignores-sigterm.sh')
    await supervisor.stop(id, ACTOR)
    await world.clock.advance(4999)
    expect(kind(supervisor, id)).toBe('stopping')
    await world.clock.advance(1)
    expect(kind(supervisor, id)).toBe('stopped')
  })

  it('starts again when asked for while stopping', async () => {
    const { world, supervisor, id } = await startOne('ignores-sigterm.sh')
    await supervisor.stop(id, ACTOR)
    await supervisor.start(id, ACTOR)
    await world.clock.advance(5000)
    expect(kind(supervisor, id)).toBe('running')
    expect(world.backend.processes()).toHaveLength(1)
  })

  it('removes a server for good, in the middle of a start', async () => {
    const { world, supervisor, id } = await startOne('never-answers.sh')
    const removed = supervisor.remove(id, ACTOR)
    await world.clock.advance(0)
    await removed
    expect(supervisor.state(id)).toBeNull()
    expect(supervisor.findByName('server-1')).toBeNull()
    await world.clock.advance(600_000)
    expect(world.backend.processes()).toHaveLength(0)
    await expect(supervisor.start(id, ACTOR)).rejects.toMatchObject({ code: 'server_not_found' })
  })
})

describe('health', () => {
  it('D27, K-6: strikes three times before it ends a silent server', async () => {
    const { world, supervisor, id } = await startOne('stops-answering.sh')
    await world.clock.advance(64_999)
    expect(supervisor.state(id)).toMatchObject({ kind: 'running', health: 'healthy' })
    expect(supervisor.health(id)).toMatchObject({
      startup: { status: 'passed', evidence: { how: 'initialize' } },
      liveness: { misses: 1, evidence: { how: 'ping', passed: false, detail: 'No answer within 5 s.' } },
      readiness: { ready: true, reason: null },
    })
    await world.clock.advance(1)
    expect(supervisor.state(id)).toMatchObject({ kind: 'running', health: 'unhealthy' })
    expect(supervisor.health(id)).toMatchObject({
      liveness: { status: 'unhealthy', misses: 2 },
      readiness: { ready: false, reason: 'No answer within 5 s.' },
    })
    await world.clock.advance(29_999)
    expect(supervisor.state(id)).toMatchObject({ kind: 'running', health: 'unhealthy' })
    await world.clock.advance(1)
    expect(supervisor.state(id)).toMatchObject({
      kind: 'backoff',
      lastExit: { cause: 'health', detail: 'It left 3 pings in a row unanswered, 5 s each.' },
    })
  })

  it('D27, K-6: forgives two misses after an answer, again and again', async () => {
    const { world, supervisor, id } = await startOne('answers-every-third-ping.sh')
    await world.clock.advance(1_800_000)
    expect(kind(supervisor, id)).toBe('running')
    expect(world.backend.started()).toBe(1)
    // One answer among misses is no recovery: it is told once, and does not flap.
    expect(healths(world)).toEqual(['unhealthy'])
  })

  it('leaves a server alone that works on a call, until callers give up', async () => {
    const { world, supervisor, id } = await startOne('stops-answering.sh')
    const connection = await supervisor.open(id, MAIN, never)
    const handlers = { onResponse: () => {}, onLost: () => {} }
    const first = connection.request('tools/call', { name: 'echo' }, handlers)
    await world.clock.advance(300_000)
    expect(supervisor.state(id)).toMatchObject({ kind: 'running', health: 'healthy' })
    connection.request('tools/call', { name: 'echo' }, handlers).cancel('deadline')
    connection.request('tools/call', { name: 'echo' }, handlers).cancel('deadline')
    connection.request('tools/call', { name: 'echo' }, handlers)
    first.cancel('deadline')
    await world.clock.advance(95_000)
    expect(supervisor.state(id)).toMatchObject({ kind: 'backoff', lastExit: { cause: 'health' } })
  })

  it('keeps an answering server healthy for hours', async () => {
    const { world, supervisor, id } = await startOne('echo.sh')
    await world.clock.advance(3_600_000)
    expect(supervisor.state(id)).toMatchObject({ kind: 'running', health: 'healthy' })
    expect(world.events.filter((event) => event.type === 'server.health')).toEqual([])
    expect(supervisor.health(id)?.history).toHaveLength(90)
  })
})

describe('broken streams', () => {
  it('are not the cause when the process is just ending, and never hurt the one that follows', async () => {
    const { world, supervisor, id } = await startOne('echo.sh', { restartDelaySeconds: 1 })
    const [process] = world.backend.processes()
    process?.breakInput()
    process?.kill()
    await world.clock.advance(0)
    expect(supervisor.state(id)).toMatchObject({ kind: 'backoff', lastExit: { cause: 'signalled' } })
    await world.clock.advance(10_000)
    expect(supervisor.state(id)).toMatchObject({ kind: 'running', attempt: 1 })
    expect(world.backend.started()).toBe(2)
  })

  it('end a process that lives on without them', async () => {
    const { world, supervisor, id } = await startOne('echo.sh')
    world.backend.processes()[0]?.breakInput()
    await world.clock.advance(1999)
    expect(kind(supervisor, id)).toBe('running')
    await world.clock.advance(1)
    expect(supervisor.state(id)).toMatchObject({
      kind: 'backoff',
      lastExit: { cause: 'protocol', detail: 'Its standard input or output broke: write EPIPE.' },
    })
  })

  it('are read to their end before the exit is told', async () => {
    const world = createWorld()
    const id = world.add(1, 'exits-at-once.sh')
    const start: Backend['start'] = async (spec, ledger) => {
      const instance = await world.backend.start(spec, ledger)
      return { ...instance, stderr: delay(instance.stderr) }
    }
    const supervisor = world.boot({ backend: { ...world.backend, start } })
    supervisor.track(id, 'server-1')
    await supervisor.start(id, ACTOR)
    await world.clock.advance(0)
    expect(supervisor.state(id)?.lastExit?.stderrTail).toBe('no configuration file found')
  })
})

/** The same bytes, some turns of the event loop later. */
function delay(source: Readable): Readable {
  const late = new PassThrough()
  const later = (task: () => void, turns = 8) =>
    void setImmediate(() => (turns === 0 ? task() : later(task, turns - 1)))
  source.on('data', (chunk: Buffer) => later(() => late.write(chunk)))
  source.on('end', () => later(() => late.end()))
  return late
}

describe('usage', () => {
  it('gives percent of a core from two samples, and nothing after the end', async () => {
    const { world, supervisor, id } = await startOne('echo.sh')
    expect(supervisor.usage(id)).toMatchObject({ cpuPercent: null })
    await world.clock.advance(4000)
    expect(supervisor.usage(id)).toMatchObject({ cpuPercent: 25, memoryBytes: 10_000_000 })
    await supervisor.stop(id, ACTOR)
    await world.clock.advance(0)
    expect(supervisor.usage(id)).toBeNull()
  })
})

describe('recovery', () => {
  it('adopts what runs: same pid, no second initialize, calls go on', async () => {
    const { world, supervisor, id } = await startOne('echo.sh')
    const before = supervisor.facts(id)?.pid
    await supervisor.close('handover')
    const second = world.boot()
    expect(await second.recover()).toEqual({ adopted: 1, reaped: 0, swept: [] })
    expect(second.state(id)).toMatchObject({ kind: 'running', health: 'unknown' })
    expect(second.facts(id)).toMatchObject({ pid: before, adopted: true })
    expect((await callEcho(second, id, 'after'))['result']).toEqual({
      content: [{ type: 'text', text: 'after' }],
    })
    await world.clock.advance(0)
    expect(second.state(id)).toMatchObject({ kind: 'running', health: 'healthy' })
    expect(world.backend.started()).toBe(1)
    expect(world.events).toContainEqual({
      type: 'server.adopted',
      serverId: id,
      server: 'server-1',
      pid: before,
    })
  })

  it('reaps what should not run and starts nothing that was stopped', async () => {
    const { world, supervisor, id } = await startOne('echo.sh')
    await supervisor.close('handover')
    const record = world.records.get(id)
    if (record !== undefined) record.desired = 'stopped'
    const second = world.boot()
    expect(await second.recover()).toMatchObject({ adopted: 0, reaped: 1 })
    await world.clock.advance(600_000)
    expect(world.backend.processes()).toHaveLength(0)
    expect(kind(second, id)).toBe('stopped')
    expect(await world.ledger.list()).toEqual([])
  })

  it('replaces one that had not finished starting', async () => {
    const { world, supervisor, id } = await startOne('slow-start.sh')
    await supervisor.close('handover')
    const second = world.boot()
    expect(await second.recover()).toMatchObject({ adopted: 0, reaped: 1 })
    await world.clock.advance(2000)
    expect(kind(second, id)).toBe('running')
    expect(world.backend.processes()).toHaveLength(1)
    expect(await world.ledger.list()).toHaveLength(1)
  })

  it('starts again what had died meanwhile', async () => {
    const { world, supervisor, id } = await startOne('echo.sh')
    await supervisor.close('handover')
    world.backend.processes()[0]?.kill()
    const second = world.boot()
    expect(await second.recover()).toMatchObject({ adopted: 0, reaped: 1 })
    expect(second.state(id)?.lastExit).toMatchObject({ cause: 'signalled', signal: 'SIGKILL' })
    expect(await callEcho(second, id, 'back')).toMatchObject({ result: { content: [{ text: 'back' }] } })
    expect(world.backend.started()).toBe(2)
  })

  it('tells an end that was being asked for when the daemon died as what it was', async () => {
    const { world, supervisor, id } = await startOne('echo.sh')
    await supervisor.close('handover')
    world.backend.processes()[0]?.kill()
    const record = world.records.get(id)
    if (record === undefined) throw new Error('no record')
    record.desired = 'stopped'
    record.lastState = {
      kind: 'stopping',
      attempt: 0,
      since: 0,
      cause: 'asked',
      detail: 'It was asked to stop.',
      next: 'stop',
      lastExit: null,
    }
    const second = world.boot()
    await second.recover()
    expect(second.state(id)).toMatchObject({
      kind: 'stopped',
      lastExit: { cause: 'asked', detail: 'It was asked to stop.' },
    })
  })

  it('leaves failed failed, and lets a backoff wait on with its attempts', async () => {
    const world = createWorld()
    const failed = world.add(1, 'exits-at-once.sh', { maxRestarts: 0 })
    const waiting = world.add(2, 'exits-at-once.sh')
    const first = world.boot()
    for (const [id, name] of [
      [failed, 'server-1'],
      [waiting, 'server-2'],
    ] as const) {
      first.track(id, name)
      await first.start(id, ACTOR)
    }
    await world.clock.advance(5000)
    expect(first.state(waiting)).toMatchObject({ kind: 'backoff', attempt: 2 })
    await first.close('stop')
    const second = world.boot()
    await second.recover()
    await world.clock.advance(9_999)
    expect(second.state(failed)).toMatchObject({
      kind: 'failed',
      reason: 'Gave up after 0 restarts: It ended by itself with code 3.',
    })
    expect(second.state(waiting)).toMatchObject({ kind: 'backoff', attempt: 2 })
    await world.clock.advance(1)
    expect(second.state(waiting)).toMatchObject({ kind: 'backoff', attempt: 3 })
  })

  it('waits no year because a clock was set back', async () => {
    const world = createWorld()
    const id = world.add(1, 'echo.sh')
    const lastExit = {
      cause: 'exited',
      class: 'unknown',
      fingerprint: null,
      code: 1,
      signal: null,
      detail: '',
      hint: null,
      stderrTail: '',
      at: 0,
    } as const
    const nextTry = world.clock.now() + 365 * 24 * 3_600_000
    const record = world.records.get(id)
    if (record !== undefined) record.lastState = { kind: 'backoff', attempt: 1, nextTry, lastExit }
    const supervisor = world.boot()
    await supervisor.recover()
    await world.clock.advance(75_000)
    expect(kind(supervisor, id)).toBe('running')
  })

  it('ends a leftover that could not be ended before, ahead of the next start', async () => {
    const { world, supervisor, id } = await startOne('echo.sh')
    await supervisor.close('handover')
    const [row] = await world.ledger.list()
    if (row === undefined) throw new Error('no row')
    await world.ledger.update(row.instanceId, { initializeResult: null })
    let stubborn = true
    const reap: Backend['reap'] = async (left) => {
      if (stubborn) throw new Error('still there')
      await world.backend.reap(left)
    }
    const second = world.boot({ backend: { ...world.backend, reap } })
    expect(await second.recover()).toMatchObject({ adopted: 0, reaped: 0 })
    await world.clock.advance(0)
    expect(second.state(id)).toMatchObject({ kind: 'backoff', lastExit: { cause: 'platform' } })
    expect(world.backend.started()).toBe(1)
    stubborn = false
    await world.clock.advance(5000)
    expect(kind(second, id)).toBe('running')
    expect(world.backend.processes()).toHaveLength(1)
  })

  it('starts at most four at once, and a call to a waiting one waits too', async () => {
    const world = createWorld()
    const ids = Array.from({ length: 10 }, (_, index) => world.add(index + 1, 'slow-start.sh'))
    const supervisor = world.boot()
    await supervisor.recover()
    await world.clock.advance(0)
    expect(world.backend.processes()).toHaveLength(4)
    const last = ids[9]
    if (last === undefined) throw new Error('no server')
    const answer = callEcho(supervisor, last, 'patient')
    await world.clock.advance(2000)
    expect(world.backend.processes()).toHaveLength(8)
    await world.clock.advance(4000)
    expect(await answer).toMatchObject({ result: { content: [{ text: 'patient' }] } })
  })

  it('does not start what was stopped while it waited for its turn', async () => {
    const world = createWorld()
    const ids = [1, 2, 3, 4, 5].map((number) => world.add(number, 'slow-start.sh'))
    const supervisor = world.boot()
    await supervisor.recover()
    const [last] = ids.slice(4)
    if (last === undefined) throw new Error('no server')
    await supervisor.stop(last, ACTOR)
    await world.clock.advance(60_000)
    expect(kind(supervisor, last)).toBe('stopped')
    expect(world.backend.started()).toBe(4)
  })

  it('adopts one instance of a server and ends the second', async () => {
    const { world, supervisor, id } = await startOne('echo.sh')
    await supervisor.close('handover')
    const spec = buildLaunchSpec({ serverId: id, server: 'server-1' })
    const twin = await world.backend.start(spec, world.ledger)
    twin.release()
    await world.ledger.update(twin.instanceId, {
      initializeResult: (await world.ledger.list())[0]?.initializeResult ?? null,
    })
    const second = world.boot()
    expect(await second.recover()).toMatchObject({ adopted: 1, reaped: 1 })
    await world.clock.advance(0)
    expect(world.backend.processes().map((process) => process.pid)).toEqual([1001])
    expect(await world.ledger.list()).toHaveLength(1)
  })

  it('sweeps an instance that no row names', async () => {
    const { world, supervisor } = await startOne('echo.sh')
    await supervisor.close('handover')
    for (const row of await world.ledger.list()) await world.ledger.remove(row.instanceId)
    world.records.clear()
    const second = world.boot()
    expect(await second.recover()).toMatchObject({ adopted: 0, reaped: 0, swept: ['token-1'] })
    expect(world.backend.processes()).toHaveLength(0)
  })
})

describe('closing', () => {
  it('ends all servers in parallel and leaves their desired states', async () => {
    const world = createWorld()
    const ids = Array.from({ length: 10 }, (_, index) => world.add(index + 1, 'ignores-sigterm.sh'))
    const supervisor = world.boot()
    await supervisor.recover()
    await world.clock.advance(0)
    expect(world.backend.processes()).toHaveLength(10)
    const closed = supervisor.close('stop')
    await world.clock.advance(5000)
    await closed
    expect(world.backend.processes()).toHaveLength(0)
    expect([...world.records.values()].map((record) => record.desired)).toEqual(ids.map(() => 'running'))
    await expect(supervisor.start(ids[0] as ServerId, ACTOR)).rejects.toMatchObject({ code: 'not_ready' })
    const second = world.boot()
    await second.recover()
    await world.clock.advance(0)
    expect(world.backend.processes()).toHaveLength(10)
  })
})

describe('closing in the middle of a recovery', () => {
  it('ends what was just being taken over', async () => {
    const { world, supervisor } = await startOne('echo.sh')
    await supervisor.close('handover')
    const second = world.boot()
    const recovered = second.recover()
    await second.close('stop')
    expect(await recovered).toMatchObject({ adopted: 1 })
    expect(world.backend.processes()).toHaveLength(0)
  })
})

describe('after closing', () => {
  it('nothing wakes up', async () => {
    const { world, supervisor, id } = await startOne('exits-at-once.sh')
    await supervisor.close('stop')
    await world.clock.advance(600_000)
    expect(world.backend.started()).toBe(1)
    expect(world.records.get(id)?.lastState).toMatchObject({ kind: 'backoff', attempt: 1 })
  })
})

describe('waiting', () => {
  it('resolves at the state, or tells which one it still is', async () => {
    const { world, supervisor, id } = await startOne('slow-start.sh')
    const running = supervisor.settled(id, (state) => state.kind === 'running', never)
    const limit = new AbortController()
    const stopped = supervisor
      .settled(id, (state) => state.kind === 'stopped', limit.signal)
      .catch((error: unknown) => error)
    await world.clock.advance(2000)
    expect(await running).toMatchObject({ kind: 'running' })
    limit.abort()
    expect(await stopped).toMatchObject({ code: 'wait_timeout', message: 'server-1 is still running.' })
  })
})
