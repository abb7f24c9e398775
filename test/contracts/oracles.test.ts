/** Each oracle is content with a platform as it should be, and catches what is planted. */
import { describe, expect, it } from 'vitest'
import { ORACLES } from '../oracles/all.ts'
import type { SeenServer, Sight } from '../oracles/sight.ts'

const server: SeenServer = {
  id: 'srv_1',
  name: 'alpha',
  status: 'running',
  desired: 'running',
  idle: false,
  reason: null,
  next_try_at: null,
  attempt: 0,
  max_restarts: 5,
  observed_at: '2026-01-01T00:00:00.000Z',
  stale: false,
}
const row = {
  instanceId: 'ins_1',
  serverId: 'srv_1',
  versionId: 'ver_1',
  key: 'legacy',
  token: 'tok-1',
  isAlive: true,
}
const files = { 'server.sh': 'aa' }
const upload = { server: 'alpha', archiveHash: 'ff', files, isAcknowledged: true }
const sound: Sight = {
  at: Date.parse('2026-01-01T00:00:01.000Z'),
  servers: [server],
  versions: [{ server: 'alpha', number: 1, archiveHash: 'ff', files: { ...files, more: 'bb' } }],
  trees: { stored: ['t1'], named: ['t1'] },
  openOperations: 0,
  uploads: [upload],
  deleted: new Set(),
  rows: [row],
  traces: [{ kind: 'process', name: '7', token: 'tok-1' }],
  temporary: [],
  starts: [
    { server: 'alpha', at: 0, attempt: 0 },
    { server: 'alpha', at: 5000, attempt: 1 },
  ],
  waits: [{ server: 'alpha', at: 100, attempt: 1, nextTry: 5000 }],
  leastDelayMs: 500,
  calls: [{ id: 'c1', answers: 1, lateMs: 0 }],
  logs: [{ server: 'alpha', numbers: [1, 2, 3, 1, 2], gapsTold: false }],
  counters: { before: { calls: 1 }, now: { calls: 2 } },
  audit: { ok: true, problem: null },
  daemon: { rssBytes: 150_000_000, streams: 0, lagP99Ms: 20 },
  isReady: true,
  databases: [{ name: 'haivemind.db', check: 'ok' }],
}

const PLANTED: readonly (readonly [string, Partial<Sight>])[] = [
  ['I1', { versions: [] }],
  ['I1', { versions: [{ server: 'alpha', number: 1, archiveHash: 'ff', files: { 'server.sh': 'cc' } }] }],
  ['I1', { versions: [{ server: 'alpha', number: 1, archiveHash: 'ff', files: {} }] }],
  ['I2', { versions: [{ server: 'alpha', number: 2, archiveHash: 'ff', files: null }] }],
  ['I2', { trees: { stored: ['t1', 't2'], named: ['t1'] } }],
  ['I2', { temporary: ['mcp_uploads/x'] }],
  ['I3', { rows: [row, { ...row, instanceId: 'ins_2', token: 'tok-2' }] }],
  ['I4', { traces: [{ kind: 'group', name: 'tok-9', token: 'tok-9' }] }],
  ['I4', { traces: [{ kind: 'mount', name: '/x', token: null }] }],
  ['I4', { rows: [{ ...row, isAlive: false }] }],
  ['I5', { servers: [{ ...server, status: 'stopped' }] }],
  ['I5', { servers: [{ ...server, status: 'backoff', reason: 'It ended.' }] }],
  ['I6', { servers: [{ ...server, desired: 'stopped' }] }],
  ['I6', { servers: [{ ...server, desired: 'stopped', status: 'stopped' }] }],
  ['I7', { servers: [{ ...server, attempt: 9 }] }],
  ['I7', { waits: [{ server: 'alpha', at: 100, attempt: 1, nextTry: 200 }] }],
  [
    'I7',
    {
      starts: [
        { server: 'alpha', at: 0, attempt: 0 },
        { server: 'alpha', at: 4000, attempt: 1 },
      ],
    },
  ],
  ['I8', { calls: [{ id: 'c1', answers: 0, lateMs: 0 }] }],
  ['I8', { calls: [{ id: 'c1', answers: 2, lateMs: 0 }] }],
  ['I8', { calls: [{ id: 'c1', answers: 1, lateMs: 5 }] }],
  ['I9', { logs: [{ server: 'alpha', numbers: [1, 3], gapsTold: false }] }],
  ['I9', { logs: [{ server: 'alpha', numbers: [1, 3, 2], gapsTold: true }] }],
  ['I10', { servers: [{ ...server, observed_at: '2025-12-31T23:59:00.000Z' }] }],
  ['I10', { servers: [{ ...server, observed_at: null }] }],
  ['I11', { counters: { before: { calls: 3 }, now: { calls: 2 } } }],
  ['I12', { audit: { ok: false, problem: 'record 4' } }],
  ['I13', { daemon: { rssBytes: 250_000_000, streams: 0, lagP99Ms: null } }],
  ['I14', { daemon: { rssBytes: 0, streams: 0, lagP99Ms: 51 } }],
  ['I15', { isReady: false }],
  ['I16', { databases: [{ name: 'haivemind.db', check: 'row 3 missing' }] }],
  ['I16', { databases: [] }],
]

const judge = (id: string, sight: Sight) => ORACLES.find((oracle) => oracle.id === id)?.judge(sight)

describe('oracles', () => {
  it.each(ORACLES)('$id is content with what is as it should be', ({ id }) => {
    expect(judge(id, sound)).toEqual([])
  })

  it.each(PLANTED)('%s catches %j', (id, changes) => {
    expect(judge(id, { ...sound, ...changes })).not.toEqual([])
  })

  it('has something planted for each', () => {
    expect([...new Set(PLANTED.map(([id]) => id))]).toEqual(ORACLES.map(({ id }) => id))
  })

  it('takes back what was promised of a server that was deleted, and tolerates gaps that are told', () => {
    expect(judge('I1', { ...sound, versions: [], deleted: new Set(['alpha']) })).toEqual([])
    const logs = [{ server: 'alpha', numbers: [1, 3], gapsTold: true }]
    expect(judge('I9', { ...sound, logs })).toEqual([])
  })
})
