import { describe, expect, it } from 'vitest'
import type { PlatformEvent } from './event.ts'
import type { IncidentId, OperationId, RecommendationId, ServerId, TokenId, UserId, VersionId } from './id.ts'
import type { Category } from './memory.ts'
import { rememberEvent } from './remember-event.ts'

type Expected = readonly [category: Category, kind: string] | null
type Cases = {
  readonly [K in PlatformEvent['type']]: readonly (readonly [
    Omit<Extract<PlatformEvent, { type: K }>, 'type'>,
    Expected,
  ])[]
}

const server = { serverId: 'srv_1' as ServerId, server: 'weather' }
const version = { ...server, versionId: 'ver_1' as VersionId, number: 2 }
const deployed = { operationId: 'op_1' as OperationId, server: 'weather' }
const incident = {
  ...server,
  incidentId: 'inc_1' as IncidentId,
  kind: 'crash_loop',
  severity: 'high',
  title: 'weather ends again and again',
  occurrences: 3,
} as const
const advice = {
  ...server,
  recommendationId: 'rec_1' as RecommendationId,
  resource: 'memory_mb',
  from: 512,
  to: 168,
  tier: 'balanced',
  confidence: 0.8,
  reason: 'its peak was 104 MiB',
} as const
const end = { attempt: 1, nextTry: null, reason: 'it ended', cause: 'exited' } as const
const counts = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
const scan = { ...deployed, counts, rules: [], approved: false }
const status = (type: 'main' | 'other') =>
  [
    [{ status: 'starting', class: null }, null],
    [{ status: 'stopping', class: null }, null],
    [
      { status: 'running', class: null },
      type === 'main' ? (['infrastructure', 'server.started'] as const) : null,
    ],
    [
      { status: 'stopped', class: null },
      type === 'main' ? (['infrastructure', 'server.stopped'] as const) : null,
    ],
    [{ status: 'backoff', class: 'out_of_memory' }, ['incidents', 'server.oom']],
    [{ status: 'backoff', class: 'bad_code' }, ['incidents', 'server.crashed']],
    [{ status: 'failed', class: 'bad_code' }, ['incidents', 'server.failed']],
  ] as const

/** Every kind of event: what is not in here does not compile. */
const CASES: Cases = {
  'platform.started': [[{ generation: 1, adopted: 0, reaped: 0 }, ['infrastructure', 'platform.started']]],
  'platform.stopping': [[{}, ['infrastructure', 'platform.stopping']]],
  'server.created': [[server, ['infrastructure', 'server.created']]],
  'server.updated': [[{ ...server, changed: ['tags'] }, ['infrastructure', 'server.updated']]],
  'server.deleted': [[server, ['infrastructure', 'server.deleted']]],
  'server.status': status('main').map(([fields, expected]) => [{ ...server, ...end, ...fields }, expected]),
  'server.process': status('other').map(([fields, expected]) => [
    { ...server, ...end, process: 'p1', ...fields },
    expected,
  ]),
  'server.health': [
    [{ ...server, health: 'unknown', reason: null }, null],
    [{ ...server, health: 'unhealthy', reason: 'no answer' }, ['monitoring', 'server.health']],
  ],
  'server.breaker': [
    [{ ...server, state: 'open', process: 'p1', failures: 5 }, ['incidents', 'server.unresponsive']],
    [{ ...server, state: 'closed', process: 'p1', failures: 0 }, ['monitoring', 'server.breaker']],
  ],
  'server.adopted': [[{ ...server, pid: 7 }, ['incidents', 'server.adopted']]],
  'egress.denied': [
    [
      { ...server, host: 'a.test', port: 443, reason: 'not listed', count: 1 },
      ['incidents', 'sandbox.egress_denied'],
    ],
  ],
  'egress.new_host': [[{ ...server, host: 'a.test', port: 443 }, ['security', 'egress.new_host']]],
  'version.created': [[version, ['infrastructure', 'version.created']]],
  'version.deleted': [[version, ['infrastructure', 'version.deleted']]],
  'version.rolled_back': [
    [
      { ...server, from: 2, to: 1, reason: 'it failed', by: 'platform' },
      ['infrastructure', 'version.rolled_back'],
    ],
  ],
  'deploy.stage': [[{ ...deployed, stage: 'scan', status: 'running', note: null }, null]],
  'deploy.ended': [
    [{ ...deployed, status: 'succeeded', code: null }, ['deployments', 'deploy.ended']],
    [{ ...deployed, status: 'rejected', code: 'scan_blocked' }, ['deployments', 'deploy.ended']],
  ],
  'scan.ended': [
    [{ ...scan, verdict: 'pass' }, ['infrastructure', 'scan.ended']],
    [{ ...scan, verdict: 'skipped' }, ['infrastructure', 'scan.ended']],
    [{ ...scan, verdict: 'review', rules: ['code.eval'] }, ['security', 'scan.ended']],
    [{ ...scan, verdict: 'block', rules: ['code.reverse_shell'] }, ['security', 'scan.ended']],
  ],
  'finding.suppressed': [
    [{ fingerprint: 'e'.repeat(32), reason: 'a false alarm', until: 0 }, ['security', 'finding.suppressed']],
  ],
  'finding.restored': [[{ fingerprint: 'e'.repeat(32) }, ['security', 'finding.restored']]],
  'token.created': [
    [{ tokenId: 'tok_1' as TokenId, name: 'ci', grants: ['admin'] }, ['security', 'token.created']],
  ],
  'token.revoked': [[{ tokenId: 'tok_1' as TokenId, name: 'ci' }, ['security', 'token.revoked']]],
  'user.created': [[{ userId: 'usr_1' as UserId, name: 'bob', role: 'admin' }, ['security', 'user.created']]],
  'user.updated': [
    [{ userId: 'usr_1' as UserId, name: 'bob', changed: ['role'] }, ['security', 'user.updated']],
  ],
  'user.removed': [[{ userId: 'usr_1' as UserId, name: 'bob' }, ['security', 'user.removed']]],
  'version.held': [[version, ['security', 'version.held']]],
  'version.approved': [[version, ['security', 'version.approved']]],
  'tool.drift': [
    [
      {
        ...server,
        versionId: 'ver_1' as VersionId,
        kind: 'tool',
        name: 'search',
        change: 'changed',
        fields: ['description'],
        withheld: true,
      },
      ['incidents', 'tool.drift'],
    ],
  ],
  'pins.accepted': [
    [{ ...server, versionId: 'ver_1' as VersionId, changes: 1 }, ['security', 'pins.accepted']],
  ],
  'secret.set': [[{ ...server, secret: 'API_KEY', version: 1 }, ['infrastructure', 'secret.set']]],
  'secret.removed': [[{ ...server, secret: 'API_KEY' }, ['infrastructure', 'secret.removed']]],
  'secrets.key_rotated': [[{ keyId: 'k1', secrets: 3 }, ['security', 'secrets.key_rotated']]],
  'cleanup.done': [[{ bytes: 1, items: 1, failed: 0 }, ['infrastructure', 'cleanup.done']]],
  'backup.created': [[{ name: 'b1', kind: 'manual' }, ['monitoring', 'backup.created']]],
  'backup.failed': [[{ name: 'b1', error: 'no room' }, ['monitoring', 'backup.failed']]],
  'database.rebuilt': [
    [{ why: 'it was gone', servers: 1, held: [], lost: [] }, ['incidents', 'database.rebuilt']],
  ],
  'database.repaired': [[{ restored: [], doubtful: [] }, ['incidents', 'database.repaired']]],
  'config.reloaded': [[{ applied: [], needsRestart: [] }, ['infrastructure', 'config.reloaded']]],
  'config.refused': [[{ reason: 'no JSON' }, ['infrastructure', 'config.refused']]],
  'server.expiring': [
    [{ ...server, step: 'archive', dueAt: 0, why: 'idle' }, ['infrastructure', 'server.expiring']],
  ],
  'server.archived': [[{ ...server, why: 'idle', until: 0 }, ['infrastructure', 'server.archived']]],
  'server.restored': [[server, ['infrastructure', 'server.restored']]],
  'server.purged': [[server, ['infrastructure', 'server.purged']]],
  'client.connected': [
    [
      { server: 'weather', endpoint: 'server', client: 'c', version: '1', protocolVersion: '2025-11-25' },
      null,
    ],
  ],
  'limit.raised': [
    [
      { ...server, limit: 'memory_mb', from: 64, to: 112, why: 'it ran out' },
      ['optimization', 'limit.raised'],
    ],
  ],
  'incident.opened': [[incident, ['incidents', 'incident.opened']]],
  'incident.updated': [[incident, null]],
  'incident.resolved': [[incident, ['incidents', 'incident.resolved']]],
  'recommendation.made': [[advice, ['optimization', 'recommendation.made']]],
  'recommendation.applied': [
    [{ ...advice, inPlace: true, watchedUntil: 0 }, ['optimization', 'recommendation.applied']],
  ],
  'recommendation.confirmed': [[advice, ['optimization', 'recommendation.confirmed']]],
  'recommendation.reverted': [[advice, ['optimization', 'recommendation.reverted']]],
  'recommendation.dismissed': [[advice, ['optimization', 'recommendation.dismissed']]],
  'recommendation.expired': [[advice, ['optimization', 'recommendation.expired']]],
}

const all = Object.entries(CASES).flatMap(([type, cases]) =>
  cases.map(([fields, expected]) => ({ event: { type, ...fields } as PlatformEvent, expected })),
)

describe('rememberEvent', () => {
  it.each(all)('$event.type $event.status$event.verdict: $expected', ({ event, expected }) => {
    const memory = rememberEvent(event, 42, 'token:tok_9')
    expect(memory === null ? null : [memory.category, memory.kind]).toEqual(expected)
    if (memory === null) return
    // Who, what came of it, and which event; the server where there is one.
    expect(memory.actor).toBe('token:tok_9')
    expect(memory.data).toMatchObject({ event_id: 42 })
    expect(['ok', 'failed']).toContain(memory.data?.['outcome'])
    expect(memory.server).toBe('server' in event ? event.server : null)
    expect(memory.content.length).toBeGreaterThan(10)
  })

  it('what a scan stopped has failed, unless it was approved beforehand', () => {
    const of = (more: object) =>
      rememberEvent({ type: 'scan.ended', ...scan, verdict: 'review', ...more }, 1, 'x')
    expect(of({})?.data).toMatchObject({ outcome: 'failed', verdict: 'review' })
    expect(of({ approved: true })?.data).toMatchObject({ outcome: 'ok', approved: true })
    expect(of({ verdict: 'block', rules: ['code.eval'], counts: { ...counts, critical: 1 } })).toMatchObject({
      content: 'An archive for server weather was scanned: block, 1 critical found (code.eval)',
      severity: 'high',
      tags: ['scan.ended', 'weather', 'block', 'op_1', 'code.eval'],
    })
    expect(of({ server: '', verdict: 'pass' })).toMatchObject({
      server: null,
      content: 'An archive was scanned: pass, nothing found',
    })
  })
})
