import { describe, expect, it } from 'vitest'
import { sortAttention, type AttentionItem } from '../../domain/attention.ts'
import { createTestHosting } from '../../../test/fakes/hosting.ts'
import type { ServerView } from '../server-view.ts'
import type { Incident } from '../../domain/incident.ts'
import { tellLongWaits } from './long-waits.ts'
import { judgeServer } from './judge-server.ts'

const exit = {
  cause: 'exited',
  class: null,
  fingerprint: null,
  code: 1,
  signal: null,
  detail: 'It ended with code 1.',
  hint: null,
  stderrTail: '',
  at: 5000,
} as const

async function view(changes: (view: ServerView) => Partial<ServerView>): Promise<ServerView> {
  const { hosting, deploy } = createTestHosting()
  await deploy('weather', './run.sh')
  const found = await hosting.get('weather')
  return { ...found, ...changes(found) }
}
const told = (items: readonly AttentionItem[]) =>
  items.map(({ kind, urgency, text, command }) => [kind, urgency, text, command])

describe('what of a server needs somebody', () => {
  it('is nothing while it serves', async () => {
    expect(judgeServer(await view(() => ({})), [])).toEqual([])
  })

  it('is its end, with the reason and what is to be done', async () => {
    const waits = await view(() => ({
      state: { kind: 'backoff', attempt: 2, nextTry: 9000, lastExit: exit },
    }))
    expect(told(judgeServer(waits, []))).toEqual([
      [
        'backoff',
        'now',
        'It ended: It ended with code 1. The next try 3 of 5 comes by itself.',
        'haivemind logs weather',
      ],
    ])
    const state = { kind: 'failed', attempt: 5, reason: 'It ended 5 times.', lastExit: exit } as const
    expect(told(judgeServer(await view(() => ({ state })), []))).toEqual([
      ['failed', 'now', 'It is not started again: It ended 5 times.', 'haivemind logs weather'],
    ])
  })

  it('does not count the tries of what waits for another service: they have no end', async () => {
    const lastExit = {
      ...exit,
      class: 'dependency_down',
      detail: 'It could not reach 10.0.0.7:5432.',
    } as const
    const waits = await view(() => ({ state: { kind: 'backoff', attempt: 7, nextTry: 9000, lastExit } }))
    expect(judgeServer(waits, []).map(({ kind, text }) => [kind, text])).toEqual([
      [
        'backoff',
        'It ended: It could not reach 10.0.0.7:5432. The next try comes by itself, again and again until what it needs is back.',
      ],
    ])
  })

  it('is a wait of ten minutes for another service, once and as such', async () => {
    const lastExit = { ...exit, class: 'dependency_down', detail: 'It could not reach db:5432.' } as const
    const waits = await view(() => ({ state: { kind: 'backoff', attempt: 7, nextTry: 9000, lastExit } }))
    const incident = { serverId: waits.server.id, class: 'dependency_down', resolvedAt: null, openedAt: 1000 }
    const tell = (now: number, changes = {}) =>
      tellLongWaits(
        judgeServer(waits, []),
        [waits],
        [{ ...incident, ...changes } as unknown as Incident],
        now,
      ).map(({ kind, text, since }) => [kind, text, since])
    expect(tell(1000 + 599_999)[0]?.[0]).toBe('backoff')
    expect(tell(1000 + 600_000)).toEqual([
      [
        'dependency_down',
        'It has waited 10 minutes for a service that it needs: It could not reach db:5432. It is tried again until that is back.',
        1000,
      ],
    ])
    expect(tell(9_000_000, { class: 'bad_configuration' })[0]?.[0]).toBe('backoff')
  })

  it('is a secret that is missing, by its name', async () => {
    const lacking = await view(({ config }) => ({
      config: config && {
        ...config,
        secrets: [{ name: 'API_KEY', required: true, as: 'environment', description: '' }],
      },
      state: { kind: 'failed', attempt: 1, reason: 'x', lastExit: { ...exit, refusal: 'secret_missing' } },
    }))
    expect(told(judgeServer(lacking, []))).toEqual([
      [
        'secret_missing',
        'now',
        'It needs a secret that is not set: API_KEY.',
        'haivemind secret set weather API_KEY',
      ],
    ])
  })

  it('is bad service, changed tools, a review, a version that was left and a full /data', async () => {
    const after = { kind: 'tool', name: 'add', content: { name: 'add' } } as const
    const sick = await view((before) => ({
      state: { kind: 'running', attempt: 1, since: 1, health: 'unhealthy', lastExit: null },
      health: { ...before.health, readiness: { ready: false, since: 1, reason: 'no answer to ping' } },
      breaker: { state: 'open', failures: 5, retryAt: 1 },
      version: before.version && { ...before.version, review: { state: 'pending' } },
      failedVersion: { number: 2, failure: { reason: 'It ended twice.', at: 7 } },
      disk: { appBytes: 1, dataBytes: 500 * 2 ** 20, logBytes: 1, at: 9 },
    }))
    const drift = [{ kind: 'tool', name: 'add', change: 'added', before: null, after, seenAt: 3 }] as const
    expect(told(judgeServer(sick, drift))).toEqual([
      [
        'unhealthy',
        'now',
        'It runs and does not answer well: no answer to ping',
        'haivemind restart weather',
      ],
      [
        'calls_refused',
        'now',
        'Calls are refused after 5 failures in a row; one is let through to try again.',
        'haivemind restart weather',
      ],
      [
        'review_waits',
        'soon',
        'Version 1 waits for a review of what the scan found.',
        'haivemind findings weather',
      ],
      [
        'tools_changed',
        'soon',
        'It says 1 definition otherwise than when this version was accepted.',
        'haivemind pins weather',
      ],
      [
        'version_left',
        'soon',
        'Version 2 failed and was left again: It ended twice.',
        'haivemind versions weather',
      ],
      [
        'disk_nearly_full',
        'soon',
        'Its /data is 98 % full (500 of 512 MiB).',
        'haivemind set weather disk_mb=1024',
      ],
    ])
  })

  it('comes urgent first, then by kind, then by server', () => {
    const item = (kind: AttentionItem['kind'], urgency: AttentionItem['urgency'], server: string) => ({
      kind,
      urgency,
      server,
      text: '',
      since: null,
      action: 'open_logs' as const,
      label: '',
      command: '',
    })
    const sorted = sortAttention([
      item('tools_changed', 'soon', 'a'),
      item('backoff', 'now', 'b'),
      item('backoff', 'now', 'a'),
      item('failed', 'now', 'c'),
    ])
    expect(sorted.map(({ kind, server }) => `${kind} ${server}`)).toEqual([
      'failed c',
      'backoff a',
      'backoff b',
      'tools_changed a',
    ])
  })
})
