/** What every store owes its ports; run on a database in memory and on one in a file that is closed and opened again. */
import { FOR_GOOD } from '../../src/domain/lifetime.ts'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import type { Operation } from '../../src/domain/deployment.ts'
import { buildPendingStages } from '../../src/domain/deployment.ts'
import type { EventRecord } from '../../src/domain/event.ts'
import type { Finding } from '../../src/domain/finding.ts'
import { DEFAULT_LIMITS, type Server, type Version } from '../../src/domain/server.ts'
import type { TaskRecord } from '../../src/gateway/ports.ts'
import type { LedgerRow } from '../../src/runtime/ports.ts'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { openDatabase, type Database } from '../../src/store/sqlite/database.ts'
import { createCallStore } from '../../src/store/sqlite/call-store.ts'
import { createEventStore } from '../../src/store/sqlite/event-store.ts'
import { createId } from '../../src/system/random.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { silent } from '../fakes/hosting.ts'
import { buildExit } from '../fakes/supervision.ts'
import { vaultDeps } from '../fakes/vault-deps.ts'

const undo: (() => void)[] = []
afterEach(() => {
  for (const step of undo.splice(0).toReversed()) step()
})

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-store-'))
  undo.push(() => rmSync(folder, { recursive: true }))
  return folder
}

const buildServer = (changes: Partial<Server> = {}): Server => ({
  id: createId('srv'),
  name: 'weather',
  desired: 'running',
  activeVersion: null,
  uid: 210_000,
  overrides: { environment: { UNITS: 'metric' }, limits: { memoryMb: 256 } },
  lastState: { kind: 'failed', attempt: 5, reason: 'gave up', lastExit: buildExit() },
  restarts: 3,
  lifetime: FOR_GOOD,
  watch: null,
  createdAt: 1,
  updatedAt: 2,
  ...changes,
})

const buildVersion = (server: Server, number: number, changes: Partial<Version> = {}): Version => ({
  id: createId('ver'),
  serverId: server.id,
  number,
  treeHash: `tree-${number}`,
  archiveHash: 'a'.repeat(64),
  archiveFormat: 'tar.gz',
  archiveBytes: 123,
  config: {
    description: 'says “ü”',
    environment: {},
    autoRestart: true,
    maxRestarts: 5,
    restartDelaySeconds: 0.5,
    healthCheckIntervalSeconds: 30,
    healthCheckTimeoutSeconds: 5,
    healthFailureThreshold: 3,
    healthSuccessThreshold: 2,
    startTimeoutSeconds: 30,
    limits: DEFAULT_LIMITS,
    tags: ['a'],
    allowedNetwork: true,
    egress: [],
    pin: 'warn',
    secrets: [{ name: 'API_KEY', description: '', required: true, as: 'environment' }],
    transport: 'stdio',
    port: null,
    path: '/mcp',
    healthCheckUrl: null,
    upstreamEra: 'match',
    onSessionLoss: 'resume',
    instances: 'shared',
    idleStopSeconds: 0,
    callTimeoutSeconds: 0,
    disabledTools: [],
  },
  detection: {
    runtime: 'python',
    command: ['python', 'server.py'],
    installer: 'uv',
    reasons: ['r'],
    notices: [],
  },
  scan: null,
  review: null,
  eras: null,
  failure: null,
  createdVia: null,
  createdAt: 5,
  createdBy: 'local',
  ...changes,
})

const buildOperation = (changes: Partial<Operation> = {}): Operation => ({
  id: createId('op'),
  kind: 'deploy',
  server: 'weather',
  serverId: null,
  versionId: null,
  replaces: null,
  status: 'running',
  actor: 'local',
  stages: buildPendingStages(),
  error: null,
  changes: null,
  createdAt: 10,
  endedAt: null,
  ...changes,
})

const buildLedgerRow = (server: Server): LedgerRow => ({
  instanceId: createId('ins'),
  serverId: server.id,
  versionId: createId('ver'),
  key: { era: 'legacy', capabilities: 'sampling', owner: 'tok_1', member: 2 },
  token: createId('ins'),
  backend: 'bubblewrap',
  pid: null,
  startTime: null,
  bootId: 'boot',
  runDir: '/run/x',
  cgroup: null,
  enforcement: null,
  initializeResult: null,
  createdAt: 1,
})

const KINDS: Readonly<Record<string, () => { store: Store; again: () => Store }>> = {
  'in memory': () => {
    const store = openStore(':memory:', { clock: createFakeClock(), log: silent, ...vaultDeps })
    undo.push(() => store.close())
    return { store, again: () => store }
  },
  'in a file, opened again': () => {
    const path = join(makeFolder(), 'platform.db')
    const open = () => openStore(path, { clock: createFakeClock(), log: silent, ...vaultDeps })
    let store = open()
    undo.push(() => store.close())
    const again = () => {
      store.close()
      store = open()
      return store
    }
    return { store, again }
  },
}

const placesOf = async (store: Store, id: Server['id']) =>
  (await store.egress.listEach([id], 1000)).get(id) ?? []

describe.each(Object.entries(KINDS))('a store %s', (_, open) => {
  it('adds up what servers reach, exactly, and tells a place that is reached for the first time', async () => {
    const { store, again } = open()
    const server = buildServer()
    await store.servers.create(server)
    const change = {
      host: 'a.test',
      port: 443,
      sentBytes: 10,
      receivedBytes: 2 ** 40,
      connections: 1,
      refused: 0,
      lastReason: null,
      at: 5,
    }
    const refused = { ...change, host: 'b.test', sentBytes: 0, receivedBytes: 0, connections: 0, refused: 3 }
    const told = { ...refused, lastReason: 'not listed', at: 6 }
    expect(await store.egress.add(server.id, [change, told])).toEqual([change])
    expect(
      await store.egress.add(server.id, [
        { ...change, at: 7 },
        { ...refused, at: 8 },
      ]),
    ).toEqual([])
    expect(await placesOf(again(), server.id)).toEqual([
      {
        host: 'b.test',
        port: 443,
        sentBytes: 0,
        receivedBytes: 0,
        connections: 0,
        refused: 6,
        lastReason: 'not listed',
        firstAt: 6,
        lastAt: 8,
      },
      {
        host: 'a.test',
        port: 443,
        sentBytes: 20,
        receivedBytes: 2 ** 41,
        connections: 2,
        refused: 0,
        lastReason: null,
        firstAt: 5,
        lastAt: 7,
      },
    ])
  })

  it('counts places beyond its room together, and nothing of a server that is gone', async () => {
    const { store } = open()
    const server = buildServer()
    await store.servers.create(server)
    const changes = Array.from({ length: 300 }, (_none, index) => ({
      host: `h${index}.test`,
      port: 443,
      sentBytes: 1,
      receivedBytes: 0,
      connections: 1,
      refused: 0,
      lastReason: null,
      at: index,
    }))
    expect(await store.egress.add(server.id, changes)).toHaveLength(200)
    const kept = await placesOf(store, server.id)
    expect(kept).toHaveLength(201)
    expect(kept[0]).toMatchObject({ host: '*', port: 0, sentBytes: 100, connections: 100 })
    await store.servers.remove(server.id)
    expect(await placesOf(store, server.id)).toEqual([])
    expect(await store.egress.add(server.id, changes.slice(0, 1))).toEqual([])
    expect(await placesOf(store, server.id)).toEqual([])
  })

  it('keeps servers, and their names apart', async () => {
    const { store, again } = open()
    const [b, a] = [buildServer({ name: 'b' }), buildServer({ name: 'a', uid: null })]
    await store.servers.create(b)
    await store.servers.create(a)
    await expect(store.servers.create(buildServer({ name: 'a' }))).rejects.toMatchObject({ code: 'conflict' })
    const version = buildVersion(a, 1)
    await store.servers.update(a.id, { activeVersion: version.id, desired: 'stopped' })
    await store.servers.update(b.id, { lastState: { kind: 'stopped', lastExit: null }, overrides: {} })
    const { servers } = again()
    expect(await servers.list()).toEqual([
      { ...a, activeVersion: version.id, desired: 'stopped' },
      { ...b, lastState: { kind: 'stopped', lastExit: null }, overrides: {} },
    ])
    await servers.update(a.id, { activeVersion: null })
    expect((await servers.findByName('a'))?.activeVersion).toBeNull()
    expect(await servers.find(createId('srv'))).toBeNull()
  })

  it('keeps versions, newest first, until their server goes', async () => {
    const { store, again } = open()
    const server = buildServer()
    await store.servers.create(server)
    const [one, two] = [buildVersion(server, 1), buildVersion(server, 2, { treeHash: 'tree-1' })]
    await store.versions.create(one)
    await store.versions.create(two)
    const { versions, servers } = again()
    expect(await versions.list(server.id)).toEqual([two, one])
    expect(await versions.find(one.id)).toEqual(one)
    expect(await versions.listTreeHashes()).toEqual(['tree-1'])
    await versions.remove(one.id)
    expect(await versions.list(server.id)).toEqual([two])
    await servers.remove(server.id)
    expect(await versions.listTreeHashes()).toEqual([])
  })

  it('keeps what was found in a version, and its review, until it goes', async () => {
    const { store } = open()
    const server = buildServer()
    await store.servers.create(server)
    const finding: Finding = {
      ruleId: 'code.x',
      layer: 'code',
      severity: 'high',
      confidence: 'medium',
      file: 'a.py',
      line: 3,
      reason: 'r',
      fix: 'f',
      cwe: 'CWE-78',
      excerpt: 'x',
      fingerprint: 'f'.repeat(32),
    }
    const version = buildVersion(server, 1, {
      scan: {
        verdict: 'review',
        sourceHash: 'a'.repeat(64),
        ruleSet: 'r1',
        counts: { critical: 0, high: 1, medium: 0, low: 0, info: 0 },
      },
      review: { state: 'pending' },
    })
    await store.versions.create(version)
    expect(await store.versions.find(version.id)).toEqual(version)
    await store.findings.add(version.id, [finding])
    await store.findings.add(version.id, [finding, { ...finding, fingerprint: 'e'.repeat(32) }])
    expect((await store.findings.list(version.id)).map(({ fingerprint }) => fingerprint[0])).toEqual([
      'f',
      'e',
    ])
    const review = { state: 'approved', by: 'local', reason: 'read it', at: 7 } as const
    await store.versions.setReview(version.id, review)
    expect((await store.versions.find(version.id))?.review).toEqual(review)
    await store.versions.setEras(version.id, ['legacy', 'modern'])
    expect((await store.versions.find(version.id))?.eras).toEqual(['legacy', 'modern'])
    await store.versions.remove(version.id)
    expect(await store.findings.list(version.id)).toEqual([])
  })

  it('keeps scans by tree and rules, and suppressions by finding', async () => {
    const { store } = open()
    const report = {
      sourceHash: 'a'.repeat(64),
      ruleSet: 'r1',
      inventory: {
        files: 1,
        bytes: 2,
        languages: { bash: { files: 1, bytes: 2 } },
        manifests: [],
        nativeBinaries: 0,
        nestedArchives: 0,
        parsed: 1,
      },
      findings: [],
    }
    await store.scans.put(report)
    expect(await store.scans.find(report.sourceHash, 'r1')).toEqual(report)
    expect(await store.scans.find(report.sourceHash, 'r2')).toBeNull()
    const suppression = { fingerprint: 'f', reason: 'wrong', createdBy: 'local', createdAt: 1, expiresAt: 2 }
    await store.suppressions.put({ ...suppression, reason: 'first' })
    await store.suppressions.put(suppression)
    expect(await store.suppressions.list()).toEqual([suppression])
    expect(await store.suppressions.remove('f')).toBe(true)
    expect(await store.suppressions.remove('f')).toBe(false)
  })

  it('gives a uid to one server only, until its files are gone', async () => {
    const { store, again } = open()
    const [a, b, c] = [buildServer({ name: 'a' }), buildServer({ name: 'b' }), buildServer({ name: 'c' })]
    expect(await store.uids.allocate(a.id)).toBe(210_000)
    expect(await store.uids.allocate(b.id)).toBe(210_001)
    const { uids, servers } = again()
    expect(await uids.allocate(a.id)).toBe(210_000)
    await servers.create(a)
    await servers.remove(a.id)
    expect(await uids.allocate(c.id)).toBe(210_002)
    await uids.release(a.id)
    expect(await uids.allocate(createId('srv'))).toBe(210_000)
  })

  it('keeps operations beyond their server', async () => {
    const { store, again } = open()
    const server = buildServer()
    await store.servers.create(server)
    const [first, second] = [buildOperation(), buildOperation({ createdAt: 20, server: 'other' })]
    await store.operations.create(first)
    await store.operations.create(second)
    const error = { code: 'start_failed', message: 'm', hint: 'h', details: { cause: 'exited' } } as const
    const ended = { status: 'failed', error, endedAt: 30, serverId: server.id } as const
    await store.operations.update(first.id, ended)
    await store.servers.remove(server.id)
    const { operations } = again()
    expect(await operations.find(first.id)).toEqual({ ...first, ...ended })
    expect(await operations.listRunning()).toEqual([second])
    expect((await operations.list({ limit: 10 })).map(({ id }) => id)).toEqual([second.id, first.id])
    expect((await operations.list({ server: 'other', limit: 10 })).map(({ id }) => id)).toEqual([second.id])
    expect(await operations.removeEndedBefore(31)).toBe(1)
    expect(await operations.find(second.id)).toEqual(second)
  })

  it('keeps parked calls, each once, until they go on or their server goes', async () => {
    const { store, again } = open()
    const server = buildServer()
    await store.servers.create(server)
    const park = { principalId: 'p', serverId: server.id, expiresAt: 5, sealed: 'one' }
    await store.parks.put({ ...park, handle: 'a' })
    await store.parks.put({ ...park, handle: 'a', sealed: 'two' })
    await store.parks.put({ ...park, handle: 'b', expiresAt: 4 })
    await store.parks.put({ ...park, handle: 'c', expiresAt: 3 })
    await store.parks.remove('c')
    const { parks, servers } = again()
    expect(await parks.list()).toEqual([
      { ...park, handle: 'b', expiresAt: 4 },
      { ...park, handle: 'a', sealed: 'two' },
    ])
    await servers.remove(server.id)
    expect(await parks.list()).toEqual([])
  })

  it('keeps sessions until their server goes', async () => {
    const { store, again } = open()
    const server = buildServer()
    await store.servers.create(server)
    const session = {
      id: 's1',
      principalId: 'token:tok_x',
      serverId: server.id,
      protocolVersion: '2025-06-18',
      initializeParams: { capabilities: {} },
      processKey: { era: 'legacy', capabilities: 'roots', owner: 's1', member: 0 } as const,
      instanceId: 'ins_a',
      logLevel: null,
      subscriptions: ['file:///a'],
      createdAt: 1,
      lastUsedAt: 1,
    }
    await store.sessions.create(session)
    await store.sessions.update('s1', { lastUsedAt: 9, logLevel: 'debug' })
    const { sessions, servers } = again()
    expect(await sessions.list()).toEqual([{ ...session, lastUsedAt: 9, logLevel: 'debug' }])
    await servers.remove(server.id)
    expect(await sessions.list()).toEqual([])
  })

  it('keeps a task once, for a time, of each principal so many, and until its server goes', async () => {
    const { store, again } = open()
    const server = buildServer()
    await store.servers.create(server)
    const buildTask = (taskId: string, changes: Partial<TaskRecord> = {}): TaskRecord => ({
      serverId: server.id,
      taskId,
      principalId: 'tok_1',
      key: { era: 'modern', capabilities: '', owner: null, member: 1 },
      tool: null,
      createdAt: 5,
      expiresAt: 100,
      ...changes,
    })
    const task = buildTask('a', { tool: 'later' })
    expect(await store.tasks.create(task, 10)).toBe(true)
    expect(await store.tasks.create({ ...task, principalId: 'tok_2' }, 10)).toBe(false)
    await store.tasks.create(buildTask('b', { createdAt: 6 }), 2)
    await store.tasks.create(buildTask('other', { principalId: 'tok_2' }), 2)
    const { tasks, servers } = again()
    expect(await tasks.find(server.id, 'a')).toEqual(task)
    await tasks.create(buildTask('c', { createdAt: 7 }), 2)
    expect(await tasks.find(server.id, 'a')).toBeNull()
    expect(await tasks.find(server.id, 'other')).not.toBeNull()
    await tasks.create(buildTask('d', { createdAt: 100, expiresAt: 200 }), 10)
    expect(await tasks.find(server.id, 'b')).toBeNull()
    await servers.remove(server.id)
    expect(await tasks.find(server.id, 'd')).toBeNull()
  })

  it('keeps ledger rows whatever happens to their server', async () => {
    const { store, again } = open()
    const server = buildServer()
    await store.servers.create(server)
    const row = buildLedgerRow(server)
    await store.ledger.create(row)
    const complete = { pid: 4711, startTime: 123_456, cgroup: 'haivemind/x', initializeResult: { a: 1 } }
    await store.ledger.update(row.instanceId, complete)
    await store.servers.remove(server.id)
    const { ledger } = again()
    expect(await ledger.list()).toEqual([{ ...row, ...complete }])
    await ledger.remove(row.instanceId)
    expect(await ledger.list()).toEqual([])
  })

  it('keeps tokens by their hash', async () => {
    const { store, again } = open()
    const token = {
      id: createId('tok'),
      name: 'ci',
      hash: 'f'.repeat(64),
      grants: ['servers:read', 'mcp:call:weather'],
      createdAt: 1,
      createdBy: 'local',
      expiresAt: null,
      lastUsedAt: null,
    }
    await store.tokens.create(token)
    await store.tokens.update(token.id, { lastUsedAt: 77 })
    const { tokens } = again()
    expect(await tokens.list()).toEqual([{ ...token, lastUsedAt: 77 }])
    await tokens.remove(token.id)
    expect(await tokens.list()).toEqual([])
  })

  it('keeps people and the browsers they signed in with, which go with them', async () => {
    const { store, again } = open()
    const ada = {
      id: createId('usr'),
      name: 'ada',
      role: 'admin' as const,
      passwordHash: '$argon2id$x',
      identity: null,
      createdAt: 1,
      createdBy: 'local',
      lastLoginAt: null,
    }
    const identity = { issuer: 'https://id.example', subject: '42' }
    const bob = { ...ada, id: createId('usr'), name: 'bob', passwordHash: null, identity, createdAt: 2 }
    await store.users.create(ada)
    await store.users.create(bob)
    await expect(store.users.create({ ...ada, id: createId('usr') })).rejects.toThrow('UNIQUE')
    const double = {
      ...bob,
      id: createId('usr'),
      name: 'eve',
      identity: { subject: '42', issuer: identity.issuer },
    }
    await expect(store.users.create(double)).rejects.toThrow('UNIQUE')
    await store.users.update(ada.id, { role: 'viewer', lastLoginAt: 9 })
    const session = {
      id: createId('ses'),
      hash: 'f'.repeat(64),
      userId: ada.id,
      createdAt: 1,
      lastUsedAt: 1,
      expiresAt: 99,
      ip: '192.0.2.1',
      userAgent: null,
    }
    await store.loginSessions.create(session)
    await store.loginSessions.update(session.id, { lastUsedAt: 7 })
    const { users, loginSessions } = again()
    expect(await users.list()).toEqual([{ ...ada, role: 'viewer', lastLoginAt: 9 }, bob])
    expect(await loginSessions.list()).toEqual([{ ...session, lastUsedAt: 7 }])
    await users.remove(ada.id)
    expect(await loginSessions.list()).toEqual([])
  })

  it('records calls without waiting for the disk, and everything after them with it again', () => {
    const database = openDatabase(join(makeFolder(), 'a.db'))
    undo.push(() => database.close())
    const synchronous = () => database.get('PRAGMA synchronous')?.['synchronous']
    expect(database.unsyncedTransaction(synchronous)).toBe(1)
    expect(synchronous()).toBe(2)
    const fail = () => database.unsyncedTransaction(() => database.run('INSERT INTO nowhere VALUES (1)'))
    expect(fail).toThrow('nowhere')
    expect(synchronous()).toBe(2)
    expect(database.transaction(synchronous)).toBe(2)
  })

  it('counts calls', async () => {
    const { store, again } = open()
    const { id } = buildServer()
    const call = {
      serverId: id,
      principalId: 'local',
      method: 'tools/call',
      tool: 'add',
      protocolVersion: '2026-07-28',
      outcome: 'ok',
      startedAt: 100,
      milliseconds: 1.5,
      traceId: null,
    } as const
    await store.calls.append([call, { ...call, outcome: 'timeout', tool: null }, { ...call, startedAt: 50 }])
    await store.calls.append([{ ...call, startedAt: 60_000, outcome: 'ok' }])
    expect(await again().calls.countSince(60_000)).toEqual([{ serverId: id, calls: 1, failed: 0 }])
    expect(await again().calls.countSince(59_999)).toEqual([{ serverId: id, calls: 4, failed: 1 }])
  })

  it('says of each tool how its calls ended and how long they took', async () => {
    const { store, again } = open()
    const { id } = buildServer()
    const call = {
      serverId: id,
      principalId: 'local',
      method: 'tools/call',
      tool: 'add',
      protocolVersion: '2026-07-28',
      outcome: 'ok',
      startedAt: 60_100,
      milliseconds: 1,
      traceId: 'a'.repeat(32),
    } as const
    const hundred = Array.from({ length: 100 }, (_, at) => ({ ...call, milliseconds: 100 - at }))
    const others = [
      { ...call, tool: 'sleep', outcome: 'timeout', milliseconds: 500 },
      { ...call, tool: 'sleep', outcome: 'tool_error', milliseconds: 2 },
      { ...call, method: 'tools/list', tool: null, milliseconds: 3 },
      { ...call, startedAt: 59_999, milliseconds: 9999 },
      { ...call, serverId: createId('srv'), milliseconds: 9999 },
    ] as const
    await store.calls.append([...hundred, ...others])
    const { calls } = again()
    const near = (exact: number): number =>
      expect.closeTo(exact, exact < 10 ? 0 : exact < 200 ? -1 : -2) as number
    const { from, all, byTool } = await calls.figures(id, 60_050)
    expect(byTool).toEqual([
      {
        method: 'tools/call',
        tool: 'add',
        calls: 100,
        outcomes: { ok: 100 },
        p50: near(50),
        p95: near(95),
        p99: near(99),
        max: 100,
      },
      {
        method: 'tools/call',
        tool: 'sleep',
        calls: 2,
        outcomes: { timeout: 1, tool_error: 1 },
        p50: near(2),
        p95: near(500),
        p99: near(500),
        max: 500,
      },
      {
        method: 'tools/list',
        tool: null,
        calls: 1,
        outcomes: { ok: 1 },
        p50: near(3),
        p95: near(3),
        p99: near(3),
        max: 3,
      },
    ])
    expect(all).toMatchObject({ calls: 103, outcomes: { ok: 101, timeout: 1, tool_error: 1 }, max: 500 })
    expect(from).toBe(60_000)
    expect(await calls.figures(createId('srv'), 0)).toEqual({ from: 0, all: null, byTool: [] })
    await calls.append(Array.from({ length: 10_000 }, () => ({ ...call, startedAt: 60_200 })))
    expect(await calls.figures(id, 60_050)).toMatchObject({ all: { calls: 10_103 } })
  })

  it('makes hours of the minutes of more than a day ago, and counts invented tools as one', async () => {
    const { store } = open()
    const { id } = buildServer()
    const call = {
      serverId: id,
      principalId: 'local',
      method: 'tools/call',
      protocolVersion: '2026-07-28',
      outcome: 'ok',
      milliseconds: 1,
      traceId: null,
    } as const
    const hour = 3_600_000
    const calls = Array.from({ length: 150 }, (_, at) => ({ ...call, tool: `t${at}`, startedAt: hour + at }))
    await store.calls.append([...calls, { ...call, tool: 't1', startedAt: hour + 60_000 }])
    await store.calls.append([{ ...call, tool: 't1', startedAt: 40 * hour }])
    const before = await store.calls.figures(id, hour)
    expect(before.all).toMatchObject({ calls: 152 })
    expect(before.byTool).toHaveLength(100)
    expect(before.byTool[0]).toMatchObject({ tool: 'other', calls: 50 })
    store.calls.removeBefore(0)
    store.calls.compact(41 * hour)
    expect(await store.calls.figures(id, hour + 1)).toEqual(before)
    expect(await store.calls.figures(id, 40 * hour)).toMatchObject({ all: { calls: 1 } })
    const steps = await store.calls.steps(id, hour)
    expect(steps.filter(({ step }) => step === 60_000)).toEqual([
      { at: 40 * hour, step: 60_000, calls: 1, timeouts: 0, refused: 0 },
    ])
    expect(steps.reduce((sum, { calls: count }) => sum + count, 0)).toBe(152)
    expect(await store.calls.steps(id, 39 * hour)).toHaveLength(1)
    expect(await store.calls.steps(createId('srv'), 0)).toEqual([])
    store.calls.removeBefore(2 * hour)
    store.calls.compact(41 * hour)
    expect(await store.calls.figures(id, 0)).toMatchObject({ all: { calls: 1 } })
  })

  it('keeps every call of a batch as it was, whatever stands beside it', async () => {
    const database = openDatabase(':memory:')
    undo.push(() => database.close())
    const { id } = buildServer()
    const records = Array.from({ length: 57 }, (_, at) => ({
      serverId: id,
      principalId: at % 5 === 0 ? 'local' : 'token:tok_1',
      method: at % 7 === 0 ? 'ping' : 'tools/call',
      tool: at % 7 === 0 ? null : 'add',
      protocolVersion: '2026-07-28',
      outcome: at === 3 ? ('timeout' as const) : ('ok' as const),
      startedAt: 1000 + at,
      milliseconds: at / 4,
      traceId: at % 2 === 0 ? null : `trace-${at}`,
    }))
    await createCallStore(database, 1000).append(records)
    const rows = database.all('SELECT * FROM calls ORDER BY started_at')
    expect(rows.map((row) => ({ ...row }))).toEqual(
      records.map((call) => ({
        server_id: call.serverId,
        principal_id: call.principalId,
        method: call.method,
        tool: call.tool,
        protocol_version: call.protocolVersion,
        outcome: call.outcome,
        started_at: call.startedAt,
        milliseconds: call.milliseconds,
        trace_id: call.traceId,
      })),
    )
  })

  it('keeps so many records of calls, the newest', async () => {
    const database = openDatabase(':memory:')
    undo.push(() => database.close())
    const calls = createCallStore(database, 3)
    const { id } = buildServer()
    const append = (startedAt: number) =>
      calls.append([
        {
          serverId: id,
          principalId: 'local',
          method: 'tools/call',
          tool: 'add',
          protocolVersion: '2026-07-28',
          outcome: 'ok',
          startedAt,
          milliseconds: 1,
          traceId: null,
        },
      ])
    for (const time of [1, 2, 3, 4, 5]) await append(time)
    expect(database.all('SELECT started_at FROM calls').map((row) => row['started_at'])).toEqual([3, 4, 5])
    calls.removeBefore(5)
    calls.compact(6)
    expect(database.all('SELECT started_at FROM calls').map((row) => row['started_at'])).toEqual([5])
    await append(6)
    calls.removeBefore(9)
    calls.compact(10)
    expect(database.all('SELECT started_at FROM calls')).toEqual([])
    await append(11)
    expect(database.all('SELECT started_at FROM calls')).toHaveLength(1)
  })

  it('numbers events rising, over restarts too', async () => {
    const { store, again } = open()
    store.events.emit({ type: 'platform.stopping' })
    store.events.emit({ type: 'token.revoked', tokenId: createId('tok'), name: 'ci' }, 'local')
    const [first, second] = await store.events.list({ limit: 10 })
    expect(second!.id).toBeGreaterThan(first!.id)
    const { events } = again()
    events.emit({ type: 'platform.stopping' })
    const all = await events.list({ limit: 10 })
    expect(all.map(({ event }) => event.type)).toEqual([
      'platform.stopping',
      'token.revoked',
      'platform.stopping',
    ])
    expect(all[2]!.id).toBeGreaterThan(second!.id)
    expect(await events.list({ after: second!.id, limit: 10 })).toEqual([all[2]])
    expect(await events.listLatest(1)).toEqual([all[2]])
  })
})

describe('the database', () => {
  it('is for its owner only', () => {
    const path = join(makeFolder(), 'platform.db')
    const database = openDatabase(path)
    undo.push(() => database.close())
    database.run(`INSERT INTO meta VALUES ('a', 'b')`)
    const modes = ['', '-wal', '-shm'].map((end) => (statSync(path + end).mode & 0o777).toString(8))
    expect(modes).toEqual(['600', '600', '600'])
  })

  it('counts the starts on it', () => {
    const path = join(makeFolder(), 'platform.db')
    const generations = [1, 2, 3].map(() => {
      const store = openStore(path, { clock: createFakeClock(), log: silent, ...vaultDeps })
      store.close()
      return store.generation
    })
    expect(generations).toEqual([1, 2, 3])
  })

  it('refuses a damaged file instead of starting empty', () => {
    const path = join(makeFolder(), 'platform.db')
    writeFileSync(path, 'this is no database, and was one before')
    expect(() => openDatabase(path)).toThrow(`The database ${path} is damaged: file is not a database.`)
  })

  it('F7: says what the disk did to a transaction, which SQLite has undone by then', () => {
    const database = openDatabase(':memory:')
    undo.push(() => database.close())
    const pages = Number(database.get('PRAGMA page_count')?.['page_count'])
    database.get(`PRAGMA max_page_count = ${pages + 4}`)
    const fill = () =>
      database.transaction(() => {
        for (let n = 0; n < 100; n++)
          database.run('INSERT INTO meta VALUES ($key, $value)', { key: `k${n}`, value: 'x'.repeat(4000) })
      })
    expect(fill).toThrow(expect.objectContaining({ errcode: 13, message: 'database or disk is full' }))
    expect(database.get(`SELECT count(*) AS n FROM meta WHERE key LIKE 'k%'`)).toEqual({ n: 0 })
    database.transaction(() => database.run(`INSERT INTO meta VALUES ('k', 'fits')`))
    expect(database.get(`SELECT value FROM meta WHERE key = 'k'`)).toEqual({ value: 'fits' })
  })

  it('refuses one of a newer release', () => {
    const path = join(makeFolder(), 'platform.db')
    openDatabase(path).close()
    const raw = new DatabaseSync(path)
    raw.exec(`PRAGMA user_version = 99; UPDATE meta SET value = '99' WHERE key = 'schema'`)
    raw.close()
    expect(() => openDatabase(path)).toThrow('made by a newer release (schema 99)')
  })

  it('refuses a row that is not what it should be', async () => {
    const path = join(makeFolder(), 'platform.db')
    const first = openStore(path, { clock: createFakeClock(), log: silent, ...vaultDeps })
    await first.servers.create(buildServer())
    first.close()
    const raw = new DatabaseSync(path)
    raw.exec(`UPDATE servers SET last_state = '{"kind":"flying"}'`)
    raw.close()
    const store = openStore(path, { clock: createFakeClock(), log: silent, ...vaultDeps })
    undo.push(() => store.close())
    await expect(store.servers.list()).rejects.toThrow('last_state')
  })

  it('keeps what it was told to for as long, and what has no end for ever', async () => {
    const clock = createFakeClock()
    const keptDays = { operations: 1, events: 2, scans: 3, incidents: 4, samples: 5, memories: 6 }
    const open = (days: Parameters<typeof openStore>[1]['keptDays']) =>
      openStore(':memory:', { clock, log: silent, ...vaultDeps, ...(days && { keptDays: days }) })
    const [told, usual] = [open(keptDays), open(undefined)]
    undo.push(
      () => told.close(),
      () => usual.close(),
    )
    const days = async (store: typeof told) =>
      Object.fromEntries((await store.retention.list(clock.now())).map((kind) => [kind.name, kind.days]))
    expect(await days(told)).toEqual({ ...keptDays, calls: 7, notices: 30 })
    expect(await days(usual)).toEqual({
      operations: 30,
      events: 90,
      scans: 90,
      incidents: 400,
      calls: 7,
      notices: 30,
      samples: 400,
    })
    const memory = { content: 'a note', category: 'global', kind: 'note', actor: 'local' } as const
    for (const store of [told, usual]) await store.memories.store(memory)
    clock.advance(7 * 86_400_000)
    for (const store of [told, usual]) await store.retention.prune('memories')
    const everything = { ceiling: 'pii', reader: { id: 'local', isAdmin: true } } as const
    const count = async (store: typeof told) =>
      (await store.memories.recent(everything, { limit: 9, offset: 0 })).total
    expect([await count(told), await count(usual)]).toEqual([0, 1])
  })

  it('forgets records past their time', async () => {
    const clock = createFakeClock()
    const store = openStore(':memory:', { clock, log: silent, ...vaultDeps })
    undo.push(() => store.close())
    await store.operations.create(
      buildOperation({ endedAt: clock.now(), createdAt: clock.now(), status: 'failed' }),
    )
    store.events.emit({ type: 'platform.stopping' })
    store.events.flush()
    const prune = async () => {
      for (const { name } of await store.retention.list(clock.now())) await store.retention.prune(name)
    }
    const countOf = async (name: string) =>
      (await store.retention.list(clock.now())).find((kind) => kind.name === name)
    await prune()
    expect(await store.operations.list({ limit: 10 })).toHaveLength(1)
    clock.advance(31 * 86_400_000)
    expect(await countOf('operations')).toEqual({ name: 'operations', days: 30, count: 1 })
    expect(await countOf('events')).toEqual({ name: 'events', days: 90, count: 0 })
    await prune()
    expect(await countOf('operations')).toEqual({ name: 'operations', days: 30, count: 0 })
    expect(await store.operations.list({ limit: 10 })).toEqual([])
    expect(await store.events.list({ limit: 10 })).toHaveLength(1)
    clock.advance(60 * 86_400_000)
    await prune()
    expect(await store.events.list({ limit: 10 })).toEqual([])
  })
})

describe('events that a killed daemon announced', () => {
  it.each([0, 1])('have ids that the next one does not give out again, with %i stored', async (stored) => {
    const database = openDatabase(':memory:')
    undo.push(() => database.close())
    const announced: number[] = []
    // Killed before its clock ran the next flush.
    const first = createEventStore({ database, clock: createFakeClock(), log: silent, ...vaultDeps })
    first.subscribe(({ id }) => announced.push(id))
    for (let n = 0; n < 3; n++) {
      first.emit({ type: 'platform.stopping' })
      if (n < stored) first.flush()
    }
    const second = createEventStore({ database, clock: createFakeClock(), log: silent, ...vaultDeps })
    second.emit({ type: 'platform.stopping' })
    const [record] = await second.listLatest(1)
    expect(record?.id).toBeGreaterThan(Math.max(...announced))
  })
})

describe('events while the store fails (D14)', () => {
  it('are told at once, kept, and stored as soon as it can', async () => {
    const database = openDatabase(':memory:')
    undo.push(() => database.close())
    let isBroken = true
    const flaky: Database = {
      ...database,
      transaction(work) {
        if (isBroken) throw new Error('disk I/O error')
        return database.transaction(work)
      },
    }
    const clock = createFakeClock()
    const events = createEventStore({ database: flaky, clock, log: silent, ...vaultDeps })
    const heard: EventRecord[] = []
    events.subscribe((record) => heard.push(record))
    events.subscribe(() => {
      throw new Error('a listener that fails')
    })
    events.emit({ type: 'platform.stopping' })
    clock.advance(5_000)
    expect(heard).toHaveLength(1)
    expect(database.all('SELECT id FROM events')).toEqual([])
    expect(await events.list({ limit: 10 })).toEqual(heard)
    isBroken = false
    clock.advance(1_000)
    expect(database.all('SELECT id FROM events')).toEqual([{ id: heard[0]!.id }])
    expect(await events.list({ limit: 10 })).toEqual(heard)
  })
})
