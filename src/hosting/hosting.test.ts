import type { DryRunReport } from '../domain/dry-run.ts'
/** The verbs over the real store (in memory) and fakes of intake and supervisor. */
import { describe, expect, it } from 'vitest'
import type { AppError } from '../domain/error.ts'
import type { EventRecord } from '../domain/event.ts'
import type { ServerId } from '../domain/id.ts'
import { Secret } from '../domain/secret.ts'
import { alice, chunksOf, createTestHosting } from '../../test/fakes/hosting.ts'

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fulfilled',
    (error: AppError) => error.code,
  )
const statusOf = async (test: ReturnType<typeof createTestHosting>, name: string) =>
  (await test.hosting.get(name)).state.kind

describe('deploying a new server', () => {
  it('ends with a running server whose tools were listed', async () => {
    const test = createTestHosting()
    const operation = await test.deploy('weather', './run.sh')
    expect(operation).toMatchObject({ status: 'succeeded', server: 'weather', error: null, actor: alice.id })
    expect(operation.stages.map(({ stage, status }) => `${stage} ${status}`)).toEqual([
      'receive succeeded',
      'validate succeeded',
      'scan skipped',
      'unpack succeeded',
      'install succeeded',
      'start succeeded',
      'verify succeeded',
    ])
    expect(operation.stages.at(-1)?.note).toBe('1 tools: add')
    expect(operation.stages[4]?.log).toBe('npm ci\n')
    expect(await statusOf(test, 'weather')).toBe('running')
    expect(test.intake.received.size).toBe(0)
  })

  it('installs only, when it is not to start', async () => {
    const test = createTestHosting()
    const operation = await test.deploy('weather', './run.sh', false)
    expect(operation.status).toBe('succeeded')
    expect(operation.stages.slice(5).map(({ status }) => status)).toEqual(['skipped', 'skipped'])
    expect(await test.hosting.get('weather')).toMatchObject({
      server: { desired: 'stopped' },
      state: { kind: 'stopped' },
    })
    expect(test.supervision.starts).toEqual([])
  })

  it.each([
    ['reject', 'rejected', 'archive_rejected', 'validate'],
    ['fail', 'failed', 'install_failed', 'install'],
  ])('leaves nothing of an archive that is to %s', async (text, status, code, stage) => {
    const test = createTestHosting()
    const operation = await test.deploy('weather', text)
    expect(operation).toMatchObject({ status, error: { code }, serverId: null })
    expect(operation.stages.find((record) => record.status === 'failed')?.stage).toBe(stage)
    expect(await test.hosting.list()).toEqual([])
    expect([test.intake.received.size, test.intake.trees.size, test.dataDirs.size]).toEqual([0, 0, 0])
    // The name is free again.
    expect((await test.deploy('weather', './run.sh')).status).toBe('succeeded')
  })

  it('shows nobody a defect of its own and hands it whole to the log', async () => {
    const test = createTestHosting()
    const operation = await test.deploy('weather', 'break')
    expect(operation).toMatchObject({ status: 'failed', error: { code: 'internal' } })
    expect(JSON.stringify(operation)).not.toContain('a defect of ours')
    expect(test.defects).toMatchObject([{ message: 'a defect of ours' }])
  })

  it('tells the time the archive took to come as that of its stage', async () => {
    const test = createTestHosting()
    const began = test.clock.now()
    async function* slowly() {
      yield Buffer.from('./run.sh')
      test.clock.advance(1500)
    }
    const archive = await test.hosting.receive(slowly(), AbortSignal.timeout(10_000))
    const request = { archive, name: 'weather', config: {}, via: 'api' as const, start: false }
    const { stages } = await test.hosting.deploy(request, alice)
    expect(stages[0]).toMatchObject({ stage: 'receive', startedAt: began, endedAt: began + 1500 })
  })

  it('keeps a server that does not start, with its cause, so that its owner can see why', async () => {
    const test = createTestHosting()
    const operation = await test.deploy('weather', 'broken')
    expect(operation).toMatchObject({
      status: 'failed',
      error: { code: 'start_failed', details: { cause: 'exited', exit_code: 1 } },
    })
    expect(operation.stages.find(({ stage }) => stage === 'start')?.log).toBe('ModuleNotFoundError: httpx\n')
    expect(await statusOf(test, 'weather')).toBe('failed')
  })

  it('needs a usable name', async () => {
    const test = createTestHosting()
    expect(await codeOf(test.deploy('Weather!', './run.sh'))).toBe('invalid_name')
    expect(await test.deploy(null, './run.sh')).toMatchObject({
      status: 'failed',
      error: { code: 'invalid_name' },
    })
    expect(await test.hosting.list()).toEqual([])
    expect(test.intake.received.size).toBe(0)
  })

  it('admits one deployment a name at a time', async () => {
    const test = createTestHosting()
    const first = test.deploy('weather', 'wait')
    await new Promise((resolve) => setImmediate(resolve))
    expect(await codeOf(test.deploy('weather', './run.sh'))).toBe('conflict')
    expect(await codeOf(test.hosting.delete('weather', { force: false }, alice))).toBe('conflict')
    test.intake.gate.resolve()
    expect((await first).status).toBe('succeeded')
  })

  it('is ended by a deletion with force, which leaves nothing', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    const second = test.deploy('weather', 'wait')
    await new Promise((resolve) => setImmediate(resolve))
    await test.hosting.delete('weather', { force: true }, alice)
    expect(await second).toMatchObject({ status: 'failed', error: { code: 'conflict' } })
    expect(await test.hosting.list()).toEqual([])
    expect(test.intake.trees.size).toBe(0)
  })

  it('is ended by a deletion with force while the server starts', async () => {
    const test = createTestHosting()
    const first = test.deploy('weather', 'hang')
    await new Promise((resolve) => setImmediate(resolve))
    expect(await statusOf(test, 'weather')).toBe('starting')
    await test.hosting.delete('weather', { force: true }, alice)
    expect((await first).error?.message).toBe('The server was deleted while it was being deployed.')
    expect(await test.hosting.list()).toEqual([])
  })

  it('is ended by whoever cancels it, while the earlier version goes on, and is not cancelled again', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    const archive = await test.hosting.receive(chunksOf('wait'), AbortSignal.timeout(10_000))
    const request = { archive, name: 'weather', config: {}, via: 'api', start: true } as const
    const { id } = await test.hosting.deploy(request, alice)
    expect(await test.hosting.cancelOperation(id)).toMatchObject({
      status: 'failed',
      error: { code: 'conflict', message: 'The deployment was cancelled.' },
    })
    expect((await test.hosting.get('weather')).version?.number).toBe(1)
    expect(test.intake.trees.size).toBe(1)
    await expect(test.hosting.cancelOperation(id)).rejects.toMatchObject({ code: 'conflict' })
    await expect(test.hosting.cancelOperation('op_no')).rejects.toMatchObject({ code: 'operation_not_found' })
  })

  it('leaves nothing when the platform stops while the server starts', async () => {
    const test = createTestHosting()
    const first = test.deploy('weather', 'hang')
    await new Promise((resolve) => setImmediate(resolve))
    await test.hosting.close()
    const { id } = await first
    expect(await test.store.operations.find(id)).toMatchObject({
      status: 'failed',
      error: { code: 'not_ready' },
    })
    expect(await test.hosting.list()).toEqual([])
    expect([test.dataDirs.size, test.intake.trees.size]).toEqual([0, 0])
  })

  it('ends when the platform stops', async () => {
    const test = createTestHosting()
    const going = test.deploy('weather', 'wait')
    await new Promise((resolve) => setImmediate(resolve))
    await test.hosting.close()
    const operation = await going
    expect(operation.id).toMatch(/^op_/)
    expect((await test.store.operations.find(operation.id))?.status).toBe('failed')
  })
})

describe('deploying a next version', () => {
  it('switches over to it', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './one.sh')
    await test.deploy('weather', './two.sh')
    const view = await test.hosting.get('weather')
    expect(view).toMatchObject({ version: { number: 2 }, state: { kind: 'running' } })
    expect(test.supervision.starts.map(([, command]) => command)).toEqual(['./one.sh', './two.sh'])
    expect(
      (await test.hosting.listVersions('weather')).map(({ version, standing }) => [version.number, standing]),
    ).toEqual([
      [2, 'active'],
      [1, 'previous'],
    ])
  })

  it('never touches the version before when it does not start', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './one.sh')
    const operation = await test.deploy('weather', 'broken')
    expect(operation).toMatchObject({ status: 'failed', error: { code: 'start_failed' } })
    expect(await test.hosting.get('weather')).toMatchObject({
      version: { number: 1 },
      state: { kind: 'running' },
    })
    expect(test.supervision.starts.map(([, command]) => command)).toEqual(['./one.sh', 'broken'])
    expect(await test.hosting.listVersions('weather')).toHaveLength(1)
    expect(test.intake.trees.size).toBe(1)
  })

  it('leaves a stopped server stopped when it does not start', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './one.sh', false)
    expect((await test.deploy('weather', 'broken')).status).toBe('failed')
    expect(await test.hosting.get('weather')).toMatchObject({
      server: { desired: 'stopped' },
      version: { number: 1 },
      state: { kind: 'stopped' },
    })
    expect(test.supervision.starts.map(([, command]) => command)).toEqual(['broken'])
  })

  it('leaves the version before as it is when the platform stops meanwhile', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './one.sh')
    const second = test.deploy('weather', 'hang')
    await new Promise((resolve) => setImmediate(resolve))
    await test.hosting.close()
    const { id } = await second
    expect((await test.store.operations.find(id))?.error?.code).toBe('not_ready')
    expect(await test.hosting.get('weather')).toMatchObject({
      server: { desired: 'running' },
      version: { number: 1 },
      state: { kind: 'running' },
    })
  })

  it('leaves a running server alone when it is not to start', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './one.sh')
    await test.deploy('weather', './two.sh', false)
    expect(await test.hosting.get('weather')).toMatchObject({
      version: { number: 1 },
      state: { kind: 'running' },
    })
    expect(await test.hosting.rollback('weather', 2, alice)).toMatchObject({ version: { number: 2 } })
  })

  it('leaves one that rests at rest, whether the next version is not to start or cannot', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './one.sh')
    test.supervision.rest((await test.hosting.get('weather')).server.id)
    await test.deploy('weather', './two.sh', false)
    expect(await test.hosting.get('weather')).toMatchObject({
      server: { desired: 'running' },
      version: { number: 1 },
      state: { kind: 'stopped', idle: true },
    })
    expect((await test.deploy('weather', 'broken')).status).toBe('failed')
    expect(await test.hosting.get('weather')).toMatchObject({
      version: { number: 1 },
      state: { kind: 'stopped', idle: true },
    })
    expect((await test.deploy('weather', './three.sh')).status).toBe('succeeded')
    expect(await test.hosting.get('weather')).toMatchObject({ state: { kind: 'running' } })
  })

  it('keeps ten versions besides the active one and the way back', async () => {
    const test = createTestHosting()
    for (let n = 1; n <= 13; n++) await test.deploy('weather', `./${n}.sh`)
    const numbers = (await test.hosting.listVersions('weather')).map(({ version }) => version.number)
    expect(numbers).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
    expect(test.intake.trees.size).toBe(12)
  })
})

describe('rollback (D26)', () => {
  it('goes to the version before, or to the one asked for, and back', async () => {
    const test = createTestHosting()
    for (const text of ['./one.sh', './two.sh', './three.sh']) await test.deploy('weather', text)
    const roll = async (number: number | null) =>
      (await test.hosting.rollback('weather', number, alice)).version?.number
    expect(await roll(null)).toBe(2)
    expect(await roll(null)).toBe(1)
    expect(await roll(3)).toBe(3)
    expect(await codeOf(test.hosting.rollback('weather', 3, alice))).toBe('conflict')
    expect(await codeOf(test.hosting.rollback('weather', 9, alice))).toBe('version_not_found')
  })

  it('changes nothing when the version does not start', async () => {
    const test = createTestHosting()
    await test.deploy('weather', 'broken')
    await test.deploy('weather', './two.sh')
    expect(await codeOf(test.hosting.rollback('weather', 1, alice))).toBe('start_failed')
    expect(await test.hosting.get('weather')).toMatchObject({
      version: { number: 2 },
      state: { kind: 'running' },
    })
  })

  it('does not start a stopped server', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './one.sh')
    await test.deploy('weather', './two.sh')
    await test.hosting.stop('weather', alice)
    expect(await test.hosting.rollback('weather', null, alice)).toMatchObject({
      version: { number: 1 },
      state: { kind: 'stopped' },
    })
  })
})

describe('start, stop, restart', () => {
  it('answer with the state that was reached (D3: stopped stays stopped in the records too)', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    expect(await test.hosting.stop('weather', alice)).toMatchObject({
      server: { desired: 'stopped' },
      state: { kind: 'stopped', lastExit: { cause: 'asked' } },
      facts: null,
    })
    expect(await test.hosting.start('weather', alice)).toMatchObject({
      server: { desired: 'running' },
      state: { kind: 'running' },
    })
  })

  it('say why a server does not start', async () => {
    const test = createTestHosting()
    await test.deploy('weather', 'broken')
    await expect(test.hosting.start('weather', alice)).rejects.toMatchObject({
      code: 'start_failed',
      message: 'The server "weather" did not start: it exited with code 1',
      details: { status: 'failed', stderr_tail: 'ModuleNotFoundError: httpx\n' },
    })
  })

  it('D4: twenty restarts by hand and then a crash loop delete nothing', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    for (let n = 0; n < 20; n++) await test.hosting.restart('weather', alice)
    const { server } = await test.hosting.get('weather')
    test.supervision.crash(server.id)
    expect(await statusOf(test, 'weather')).toBe('failed')
    expect(test.dataDirs.has(server.id)).toBe(true)
    expect(test.intake.trees.size).toBe(1)
    expect(await test.hosting.restart('weather', alice)).toMatchObject({ state: { kind: 'running' } })
  })

  it('names the nearest server when there is none', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    await expect(test.hosting.stop('weathr', alice)).rejects.toMatchObject({
      code: 'server_not_found',
      hint: 'Did you mean "weather"? See haivemind list.',
    })
  })
})

describe('delete', () => {
  it('refuses a running server without force', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    expect(await codeOf(test.hosting.delete('weather', { force: false }, alice))).toBe('conflict')
    expect(await statusOf(test, 'weather')).toBe('running')
  })

  it('takes process, files, logs, versions, sessions and uid along', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    const { id, uid } = (await test.hosting.get('weather')).server
    test.logs.add(id, 'hello')
    await test.hosting.delete('weather', { force: true }, alice)
    expect(await test.hosting.list()).toEqual([])
    expect(test.supervision.state(id)).toBeNull()
    expect([test.dataDirs.size, test.intake.trees.size]).toEqual([0, 0])
    expect(await test.logs.read(id, {})).toEqual([])
    expect(test.deleted).toEqual([id])
    await test.deploy('other', './run.sh')
    expect((await test.hosting.get('other')).server.uid).toBe(uid)
  })
})

describe('list and stats (D13)', () => {
  it.each([0, 1, 2])('work with %i servers that never started', async (count) => {
    const test = createTestHosting()
    for (let n = 0; n < count; n++) await test.deploy(`server-${n}`, './run.sh', false)
    expect(await test.hosting.list()).toHaveLength(count)
    expect(await test.hosting.getStats()).toMatchObject({
      total: count,
      byStatus: { stopped: count, running: 0 },
      memoryBytes: 0,
      cpuPercent: 0,
    })
  })

  it('work with servers in every state', async () => {
    const test = createTestHosting()
    await test.deploy('stopped', './run.sh', false)
    await test.deploy('running', './run.sh')
    await test.deploy('failed', 'broken')
    expect((await test.hosting.list()).map(({ state }) => state.kind)).toEqual([
      'failed',
      'running',
      'stopped',
    ])
    expect(await test.hosting.getStats()).toMatchObject({
      byStatus: { stopped: 1, running: 1, failed: 1 },
      memoryBytes: 50_000_000,
      processes: 2,
    })
  })
})

describe('max_servers (D26)', () => {
  it('does not count failed servers, and holds for starting them', async () => {
    const test = createTestHosting({ maxServers: 1 })
    await test.deploy('one', 'broken')
    await test.deploy('two', './run.sh')
    expect(await codeOf(test.deploy('three', './run.sh'))).toBe('limit_reached')
    expect(await codeOf(test.hosting.start('one', alice))).toBe('limit_reached')
    expect(await codeOf(test.deploy('one', './run.sh'))).toBe('limit_reached')
    expect((await test.deploy('two', './two.sh')).status).toBe('succeeded')
  })

  it('counts deployments that are going on', async () => {
    const test = createTestHosting({ maxServers: 1 })
    const first = test.deploy('one', 'wait')
    await new Promise((resolve) => setImmediate(resolve))
    expect(await codeOf(test.deploy('two', './run.sh'))).toBe('limit_reached')
    test.intake.gate.resolve()
    await first
  })
})

describe('set (D26)', () => {
  it('changes settings over the version, null goes back', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    const first = await test.hosting.set(
      'weather',
      { limits: { memoryMb: 256 }, environment: { UNITS: 'metric' }, autoRestart: false },
      alice,
    )
    expect(first.changed).toEqual(['environment', 'auto_restart', 'resource_limits'])
    expect(first.restartRequired).toBe(true)
    expect(first.view.config).toMatchObject({
      environment: { GREETING: 'hello', UNITS: 'metric' },
      limits: { memoryMb: 256, cpuPercent: 100 },
      autoRestart: false,
    })
    const { serverId } = await test.records
      .listDesired()
      .then((all) => all[0] ?? Promise.reject(new Error('no server')))
    expect((await test.records.findLaunchSpec(serverId, 'start')).config.limits.memoryMb).toBe(256)
    const second = await test.hosting.set(
      'weather',
      { limits: { memoryMb: null }, environment: { UNITS: null } },
      alice,
    )
    expect(second.view.config).toMatchObject({
      environment: { GREETING: 'hello' },
      limits: { memoryMb: 512 },
      autoRestart: false,
    })
  })

  it('asks for no restart where the change holds at once', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    const atOnce = await test.hosting.set('weather', { pin: 'block', tags: ['a'], description: 'b' }, alice)
    expect(atOnce).toMatchObject({ changed: ['description', 'tags', 'pin'], restartRequired: false })
    expect(await test.hosting.set('weather', { pin: 'warn', egress: ['a.example'] }, alice)).toMatchObject({
      restartRequired: true,
    })
  })

  it('gives a running server its memory and CPU at once, where they leave room for what is in use', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    const set = (limits: Parameters<typeof test.hosting.set>[1]['limits']) =>
      test.hosting.set('weather', { limits }, alice)
    expect(await set({ memoryMb: 256, cpuPercent: 50 })).toMatchObject({
      restartRequired: false,
      view: { facts: { limits: { memoryMb: 256, cpuPercent: 50 } } },
    })
    // It uses 48 MiB.
    expect(await set({ memoryMb: 50 })).toMatchObject({
      restartRequired: true,
      view: { facts: { limits: { memoryMb: 256 } }, config: { limits: { memoryMb: 50 } } },
    })
    expect(await set({ memoryMb: 300, maxProcesses: 64 })).toMatchObject({
      restartRequired: true,
      view: { facts: { limits: { memoryMb: 300, maxProcesses: 128 } } },
    })
  })
})

describe('a store that fails (D14)', () => {
  it('does not hide how a deployment ended', async () => {
    const test = createTestHosting()
    Object.assign(test.store.operations, { update: () => Promise.reject(new Error('disk I/O error')) })
    const operation = await test.deploy('weather', 'fail')
    expect(operation).toMatchObject({ status: 'failed', error: { code: 'install_failed' } })
    const options = { waitMs: 0, signal: AbortSignal.timeout(1_000) }
    expect(await test.hosting.getOperation(operation.id, options)).toEqual(operation)
  })
})

describe('events', () => {
  const typesOf = (records: readonly EventRecord[]) => records.map(({ actor, event }) => [actor, event.type])

  it('D31, D33: one a deed, with the actor of the token', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh', false)
    await test.hosting.set('weather', { description: 'sun' }, alice)
    await test.hosting.delete('weather', { force: false }, alice)
    const deeds = (await test.store.events.list({ limit: 100 })).filter(
      ({ event }) => event.type !== 'deploy.stage',
    )
    expect(typesOf(deeds)).toEqual([
      [alice.id, 'scan.ended'],
      [alice.id, 'server.created'],
      [alice.id, 'version.created'],
      [alice.id, 'deploy.ended'],
      [alice.id, 'server.updated'],
      [alice.id, 'server.deleted'],
    ])
  })

  it('D32: a failed deployment says so once, with its code', async () => {
    const test = createTestHosting()
    await test.deploy('weather', 'fail')
    const ends = (await test.store.events.list({ limit: 100 })).filter(
      ({ event }) => event.type === 'deploy.ended',
    )
    expect(ends.map(({ event }) => event)).toMatchObject([{ status: 'failed', code: 'install_failed' }])
  })
})

describe('a platform that was killed in the middle (D34)', () => {
  it('finds a half-made first deployment and removes all of it', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    const [version] = await test.hosting.listVersions('weather')
    const operation = await test.deploy('weather', './run.sh')
    // As the store was while the first deployment was starting: its server is there, its operation is open.
    const [server] = await test.store.servers.list()
    await test.store.operations.update(operation.id, {
      status: 'running',
      endedAt: null,
      serverId: server!.id,
      versionId: version!.version.id,
      replaces: null,
    })
    expect(await test.hosting.closeOpenOperations()).toBe(1)
    expect(await test.hosting.list()).toEqual([])
    // Its instance may still run: root must not walk through a directory that a stranger's program changes.
    expect([test.dataDirs.size, test.intake.trees.size]).toEqual([1, 0])
    await test.hosting.removeStrays([server!.id])
    expect([test.dataDirs.size, await test.store.uids.list()]).toEqual([1, [server!.id]])
    test.logs.add(server!.id, 'What was left of it was ended.')
    await test.hosting.removeStrays([])
    expect([test.dataDirs.size, await test.store.uids.list(), await test.logs.list()]).toEqual([0, [], []])
    expect(await test.store.operations.find(operation.id)).toMatchObject({
      status: 'failed',
      error: { code: 'internal', details: { cause: 'platform' } },
    })
  })

  it('goes on with the version before where the next was not active yet', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './one.sh')
    const { server, version } = await test.hosting.get('weather')
    const operation = await test.deploy('weather', './two.sh')
    await test.store.operations.update(operation.id, { status: 'running', endedAt: null })
    await test.store.servers.update(server.id, { activeVersion: version!.id })
    await test.hosting.closeOpenOperations()
    expect(await test.hosting.get('weather')).toMatchObject({ version: { number: 1 } })
    expect(await test.hosting.listVersions('weather')).toHaveLength(1)
    expect(test.intake.trees.size).toBe(1)
  })

  it('goes on with the next version where that was active already', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './one.sh')
    const operation = await test.deploy('weather', './two.sh')
    await test.store.operations.update(operation.id, { status: 'running', endedAt: null })
    await test.hosting.closeOpenOperations()
    expect(await test.hosting.get('weather')).toMatchObject({ version: { number: 2 } })
    expect(await test.store.operations.find(operation.id)).toMatchObject({ status: 'succeeded', error: null })
    expect(await test.hosting.listVersions('weather')).toHaveLength(2)
  })
})

describe('what a dry run asked for', () => {
  const report: DryRunReport = {
    outcome: 'answered',
    detail: null,
    seconds: 0.5,
    places: ['api.example:443', 'cdn.example:443'],
    leaks: [],
    read: [],
    programs: [],
    definitions: [],
  }

  it('is told with the command that opens it, though the server runs', async () => {
    const test = createTestHosting({ dryRuns: { run: async () => report } })
    const noteOf = (operation: { stages: readonly { stage: string; note: string | null }[] }) =>
      operation.stages.find(({ stage }) => stage === 'start')?.note
    expect(noteOf(await test.deploy('weather', './run.sh'))).toMatch(
      /^running as .*; it asked for api\.example:443, cdn\.example:443, which is closed to it; to open it: haivemind set weather egress=api\.example:443,cdn\.example:443$/,
    )
    await test.hosting.set('weather', { egress: ['api.example'] }, alice)
    expect(noteOf(await test.deploy('weather', './two.sh'))).toMatch(
      /it asked for cdn\.example:443, .* egress=api\.example,cdn\.example:443$/,
    )
    await test.hosting.set('weather', { allowedNetwork: false }, alice)
    expect(noteOf(await test.deploy('weather', './three.sh'))).not.toContain('asked for')
  })
})

describe('a server that was given up', () => {
  const give = (test: ReturnType<typeof createTestHosting>, id: ServerId, changes: object) =>
    test.supervision.crash(id, changes)

  it('is tried again when a setting changes that may help, and else left', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    const { server } = await test.hosting.get('weather')
    give(test, server.id, { class: 'egress_denied' })
    await test.hosting.set('weather', { tags: ['a'] }, alice)
    expect(await statusOf(test, 'weather')).toBe('failed')
    await test.hosting.set('weather', { egress: ['api.example.com'] }, alice)
    expect(await statusOf(test, 'weather')).toBe('running')
    give(test, server.id, { class: 'unknown' })
    await test.hosting.set('weather', { egress: ['b.example.com'] }, alice)
    expect(await statusOf(test, 'weather')).toBe('failed')
  })

  it('is tried again when a secret is set that may have been the reason', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './run.sh')
    const { server } = await test.hosting.get('weather')
    const secret = [{ name: 'API_KEY', value: new Secret('0123456789abcdef'), as: null }]
    give(test, server.id, { class: 'bad_secret' })
    expect(await test.hosting.setSecrets('weather', secret, alice)).toMatchObject({ started: true })
    give(test, server.id, { class: 'bad_code' })
    expect(await test.hosting.setSecrets('weather', secret, alice)).toMatchObject({ started: false })
  })
})
