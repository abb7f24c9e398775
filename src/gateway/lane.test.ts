import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { AppError } from '../domain/error.ts'
import type { ServerId } from '../domain/id.ts'
import { buildMainKey } from '../domain/process-key.ts'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { heldToNothing } from '../../test/fakes/definitions.ts'
import { SHARED } from '../../test/fakes/traits.ts'
import { createLogger } from '../system/log.ts'
import type { Outcome } from './call.ts'
import { DEFAULT_GATEWAY_CONFIG, type GatewayConfig } from './gateway-config.ts'
import { createLane } from './lane.ts'
import type { CallHandlers, CallRecord, UpstreamConnection } from './ports.ts'

const SERVER = 'srv_a' as ServerId
const MAIN = buildMainKey('legacy')

function setUp(config: Partial<GatewayConfig> = {}) {
  const clock = createFakeClock()
  const sent: { handlers: CallHandlers; cancelled: string[] }[] = []
  const records: CallRecord[] = []
  const outcomes: [string, Outcome][] = []
  const opens: { resolve: () => void; reject: (error: Error) => void; signal: AbortSignal }[] = []
  let isReady = true
  let onReady = () => {}
  const connection: UpstreamConnection = {
    serverId: SERVER,
    generation: 1,
    instanceId: 'ins_a',
    key: MAIN,
    era: 'legacy',
    onRequest: () => () => {},
    hold: () => () => {},
    isReady: () => isReady,
    onReady(listener) {
      onReady = listener
      return () => {}
    },
    reclaim: null,
    protocolVersion: '2025-11-25',
    initializeResult: {},
    request(_method, _params, handlers) {
      const entry = { handlers, cancelled: [] as string[] }
      sent.push(entry)
      return { id: sent.length, cancel: (reason) => void entry.cancelled.push(reason) }
    },
    notify: () => {},
    onNotification: () => () => {},
    onClosed: () => () => {},
  }
  const lane = createLane(SERVER, MAIN, {
    definitions: heldToNothing,
    upstreams: {
      findByName: () => SERVER,
      names: () => [],
      beside: () => null,
      isUnfit: () => false,
      current: () => null,
      traits: () => SHARED,
      release: () => {},
      open: (_id, _key, signal) =>
        new Promise((resolve, reject) => opens.push({ resolve: () => resolve(connection), reject, signal })),
    },
    clock,
    config: { ...DEFAULT_GATEWAY_CONFIG, ...config },
    record: (record) => records.push(record),
    logger: createLogger(new Writable({ write: (_chunk, _encoding, done) => done() })),
  })
  const ask = (name: string, principalId = 'p') =>
    lane.request({
      method: 'tools/call',
      params: { name },
      principalId,
      protocolVersion: '2026-07-28',
      onDone: (outcome) => outcomes.push([name, outcome]),
    })
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  const setReady = (ready: boolean) => {
    isReady = ready
    if (ready) onReady()
  }
  const advance = (ms: number) => clock.advance(ms)
  return { lane, ask, advance, setReady, sent, records, outcomes, opens, settle }
}

const answer = (result: object) => ({ jsonrpc: '2.0', id: 1, result }) as never
const codeOf = ([name, outcome]: [string, Outcome]) => [
  name,
  outcome.kind === 'failed' ? outcome.error.code : outcome.kind,
]

describe('lane', () => {
  it('hands on what only some calls have: headers, and logs as severe as they were asked for', async () => {
    const { lane, ask, opens, sent, settle } = setUp()
    const heard: unknown[] = []
    lane.request({
      method: 'tools/call',
      params: {},
      principalId: 'p',
      protocolVersion: '2026-07-28',
      headers: { 'mcp-param-region': 'eu' },
      logs: { level: 'warning', onLog: ({ data }) => void heard.push(data) },
      onDone: () => {},
    })
    ask('plain')
    opens[0]?.resolve()
    await settle()
    const [first, second] = sent.map(({ handlers }) => handlers)
    expect(first?.headers).toEqual({ 'mcp-param-region': 'eu' })
    first?.onLog?.({ level: 'info', data: 'quiet' })
    first?.onLog?.({ level: 'error', data: 'loud' })
    expect(heard).toEqual(['loud'])
    expect(Object.keys(second ?? {}).toSorted()).toEqual(['onLost', 'onResponse'])
  })

  it('lets no call go to an unhealthy process: they wait, go when it is well again, or are told why not', async () => {
    const { lane, ask, advance, setReady, sent, outcomes, opens, settle } = setUp({ callTimeoutMs: 1000 })
    ask('before')
    opens[0]?.resolve()
    await settle()
    setReady(false)
    ask('waits')
    expect([sent.length, lane.load()]).toEqual([1, 2])
    setReady(true)
    expect(sent).toHaveLength(2)
    for (const { handlers } of sent) handlers.onResponse(answer({}))
    setReady(false)
    ask('in vain')
    advance(2000)
    expect(outcomes.map(codeOf)).toEqual([
      ['before', 'result'],
      ['waits', 'result'],
      ['in vain', 'server_unresponsive'],
    ])
    expect(sent).toHaveLength(2)
  })

  it('opens once for all that wait, and gives all of them the reason when it cannot', async () => {
    const { ask, opens, outcomes, settle } = setUp()
    ask('a')
    ask('b')
    expect(opens).toHaveLength(1)
    opens[0]?.reject(new AppError('server_not_running', 'a is stopped'))
    await settle()
    expect(outcomes.map(codeOf)).toEqual([
      ['a', 'server_not_running'],
      ['b', 'server_not_running'],
    ])
    ask('c')
    expect(opens).toHaveLength(2)
  })

  it('an error that is no AppError says nothing to strangers', async () => {
    const { ask, opens, outcomes, settle } = setUp()
    ask('a')
    opens[0]?.reject(new Error('/secret/path'))
    await settle()
    expect(outcomes.map(codeOf)).toEqual([['a', 'internal']])
    expect(JSON.stringify(outcomes)).not.toContain('secret')
  })

  it('gives up waiting for a start after one deadline', () => {
    const { ask, advance, opens } = setUp({ callTimeoutMs: 1000 })
    ask('a')
    expect(opens[0]?.signal.aborted).toBe(false)
    advance(1000)
    expect(opens[0]?.signal.aborted).toBe(true)
  })

  it('nobody fills the queue for everybody, and a place goes to who waited longest', async () => {
    const { ask, opens, outcomes, settle, sent } = setUp({
      maxInFlight: 1,
      maxQueued: 3,
      maxQueuedPerPrincipal: 2,
    })
    ask('running')
    opens[0]?.resolve()
    await settle()
    for (const name of ['a', 'b', 'c']) ask(name, 'greedy')
    ask('d', 'modest')
    ask('e', 'late')
    expect(outcomes.map(codeOf)).toEqual([
      ['c', 'busy'],
      ['e', 'busy'],
    ])
    for (let n = 0; n < 4; n++) sent[n]?.handlers.onResponse(answer({}))
    expect(outcomes.slice(2).map(([name]) => name)).toEqual(['running', 'a', 'b', 'd'])
  })

  it('cancelling frees the place, tells the server, and is recorded once', async () => {
    const { ask, opens, outcomes, settle, sent, records } = setUp({ maxInFlight: 1 })
    const ticket = ask('a')
    ask('b')
    opens[0]?.resolve()
    await settle()
    ticket.cancel('enough')
    ticket.cancel('again')
    expect(sent[0]?.cancelled).toEqual(['enough'])
    expect(sent).toHaveLength(2)
    sent[0]?.handlers.onResponse(answer({}))
    expect(outcomes).toEqual([])
    expect(records).toMatchObject([{ tool: 'a', outcome: 'cancelled' }])
  })

  it('R65: one sweep ends what is late, whether it runs or waits', async () => {
    const { ask, opens, outcomes, settle, sent, advance, records } = setUp({
      maxInFlight: 1,
      callTimeoutMs: 1000,
    })
    ask('runs')
    opens[0]?.resolve()
    await settle()
    ask('waits')
    advance(999)
    expect(outcomes).toEqual([])
    advance(300)
    expect(outcomes.map(codeOf)).toEqual([
      ['waits', 'call_timeout'],
      ['runs', 'call_timeout'],
    ])
    // What waited is not sent any more.
    expect(sent.map(({ cancelled }) => cancelled)).toEqual([['the deadline passed']])
    expect(records.map(({ outcome, milliseconds }) => [outcome, milliseconds >= 1000])).toEqual([
      ['timeout', true],
      ['timeout', true],
    ])
  })

  it('records what happened: results, tool errors, errors, loss', async () => {
    const { ask, opens, settle, sent, records } = setUp()
    for (const name of ['ok', 'tool', 'error', 'lost']) ask(name)
    opens[0]?.resolve()
    await settle()
    sent[0]?.handlers.onResponse(answer({}))
    sent[1]?.handlers.onResponse(answer({ isError: true }))
    sent[2]?.handlers.onResponse({ jsonrpc: '2.0', id: 1, error: { code: -32602, message: 'no' } })
    sent[3]?.handlers.onLost(new AppError('server_stopped_answering', 'gone'))
    expect(records.map(({ tool, outcome }) => [tool, outcome])).toEqual([
      ['ok', 'ok'],
      ['tool', 'tool_error'],
      ['error', 'error'],
      ['lost', 'lost'],
    ])
  })

  it('what a client cannot be told does not end the lane', async () => {
    const { lane, opens, settle, sent } = setUp()
    const seen: string[] = []
    lane.request({
      method: 'tools/list',
      params: undefined,
      principalId: 'p',
      protocolVersion: '2026-07-28',
      onDone: ({ kind }) => {
        seen.push(kind)
        if (kind === 'result') throw new RangeError('too deep to write')
      },
    })
    opens[0]?.resolve()
    await settle()
    sent[0]?.handlers.onResponse(answer({}))
    expect(seen).toEqual(['result', 'failed'])
  })

  it('ends the other calls of a revoked token when one cannot be told', async () => {
    const { lane, ask, opens, settle, outcomes } = setUp()
    lane.request({
      method: 'tools/call',
      params: undefined,
      principalId: 'p',
      protocolVersion: '2025-03-26',
      onDone: () => {
        throw new RangeError('an array that holds something too deep to write')
      },
    })
    ask('second')
    opens[0]?.resolve()
    await settle()
    lane.failCalls(new AppError('unauthenticated', 'revoked'), 'p')
    expect(outcomes.map(codeOf)).toEqual([['second', 'unauthenticated']])
  })

  it('names nobody for log messages while a call of somebody else is in flight', async () => {
    const { lane, ask, opens, settle, sent } = setUp()
    const logs = { level: 'debug' as const, onLog: () => {} }
    lane.request({
      method: 'tools/call',
      params: undefined,
      principalId: 'curious',
      protocolVersion: '2025-11-25',
      logs,
      onDone: () => {},
    })
    ask('private', 'other')
    opens[0]?.resolve()
    await settle()
    expect(lane.listLogTakers()).toEqual([])
    sent[1]?.handlers.onResponse(answer({}))
    expect(lane.listLogTakers()).toEqual([logs])
  })

  it('keeps places free of a caller whose calls never end', async () => {
    const { ask, opens, settle, sent } = setUp({ maxInFlight: 4 })
    for (const name of ['a', 'b', 'c', 'd', 'e']) ask(name, 'greedy')
    opens[0]?.resolve()
    await settle()
    expect(sent).toHaveLength(3)
    ask('mine', 'other')
    expect(sent).toHaveLength(4)
    sent[0]?.handlers.onResponse(answer({}))
    expect(sent).toHaveLength(5)
  })
})
