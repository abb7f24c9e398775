import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { heldToNothing } from '../../test/fakes/definitions.ts'
import { SHARED } from '../../test/fakes/traits.ts'
import { AppError } from '../domain/error.ts'
import type { ServerId } from '../domain/id.ts'
import { buildMainKey } from '../domain/process-key.ts'
import type { ServerRequest } from '../domain/server-request.ts'
import { createLogger } from '../system/log.ts'
import type { CallRequest } from './call.ts'
import { DEFAULT_GATEWAY_CONFIG } from './gateway-config.ts'
import { createLane } from './lane.ts'
import type { CallHandlers, UpstreamConnection } from './ports.ts'

const SERVER = 'srv_a' as ServerId
const MAIN = buildMainKey('legacy')
const DONE = { jsonrpc: '2.0', id: 1, result: {} }
const CONFIG = { ...DEFAULT_GATEWAY_CONFIG, callTimeoutMs: 1000, callCeilingMs: 20_000, parkMs: 5000 }

async function setUp() {
  const clock = createFakeClock()
  const sent: [string, CallHandlers][] = []
  const cancelled: string[] = []
  let ask: (push: ServerRequest) => boolean = () => false
  const connection: UpstreamConnection = {
    serverId: SERVER,
    generation: 1,
    instanceId: 'ins_a',
    key: MAIN,
    era: 'legacy',
    protocolVersion: '2025-11-25',
    initializeResult: {},
    request(_method, params, handlers) {
      const name = params?.['name'] as string
      sent.push([name, handlers])
      return { id: sent.length, cancel: (reason) => void cancelled.push(`${name}: ${reason}`) }
    },
    notify: () => {},
    onNotification: () => () => {},
    onRequest(listener) {
      ask = listener
      return () => {}
    },
    hold: () => () => {},
    isReady: () => true,
    onReady: () => () => {},
    reclaim: null,
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
      open: () => Promise.resolve(connection),
      release: () => {},
    },
    clock,
    config: CONFIG,
    record: () => {},
    logger: createLogger(new Writable({ write: (_chunk, _encoding, done) => done() })),
  })
  await lane.ready()
  await new Promise((resolve) => setImmediate(resolve))
  const outcomes: string[] = []
  const taken: [string, ServerRequest][] = []
  const call = (name: string, more: Partial<CallRequest> = {}) =>
    lane.request({
      method: 'tools/call',
      params: { name },
      principalId: 'p',
      protocolVersion: '2025-11-25',
      onDone: (outcome) =>
        outcomes.push(`${name}: ${outcome.kind === 'failed' ? outcome.error.code : outcome.kind}`),
      ...more,
    })
  const callAsked = (name: string) => call(name, { onPush: (push) => taken.push([name, push]) })
  /** What becomes of one question of the server. */
  const push = (id: string) => {
    const answers: unknown[] = []
    let cancel = (_reason: string) => {}
    const isTaken = ask({
      id,
      method: 'elicitation/create',
      params: {},
      respond: (result) => answers.push(result),
      refuse: ({ code, message }) => answers.push(`${code} ${message}`),
      onCancelled: (listener) => void (cancel = listener),
    })
    return { isTaken, answers, cancel: (reason: string) => cancel(reason) }
  }
  const names = () => sent.map(([name]) => name)
  const answer = (name: string) => sent.findLast(([each]) => each === name)?.[1].onResponse(DONE as never)
  return { lane, clock, call, callAsked, push, answer, names, taken, outcomes, cancelled }
}

describe('what a server asks', () => {
  it('goes to the one call of the process that may be asked; the next one waits, plain ones do not', async () => {
    const { call, callAsked, push, answer, names, taken } = await setUp()
    callAsked('first')
    callAsked('second')
    call('plain')
    expect(names()).toEqual(['first', 'plain'])
    expect(push('1').isTaken).toBe(true)
    answer('first')
    expect(names()).toEqual(['first', 'plain', 'second'])
    push('2')
    expect(taken.map(([name, { id }]) => [name, id])).toEqual([
      ['first', '1'],
      ['second', '2'],
    ])
  })

  it('is taken by nobody while no such call is in flight', async () => {
    const { call, push } = await setUp()
    call('plain')
    expect(push('1')).toMatchObject({ isTaken: false, answers: [] })
  })

  it('R65: gives its call the time that people need, and then the usual one again', async () => {
    const { clock, callAsked, push, taken, outcomes, answer } = await setUp()
    callAsked('slow')
    const { answers } = push('1')
    clock.advance(4500)
    expect(outcomes).toEqual([])
    taken[0]?.[1].respond({ action: 'accept' })
    expect(answers).toEqual([{ action: 'accept' }])
    clock.advance(800)
    expect(outcomes).toEqual([])
    clock.advance(700)
    expect(outcomes).toEqual(['slow: call_timeout'])
    answer('slow')
    expect(outcomes).toHaveLength(1)
  })

  it('R65: gives no call more than its ceiling', async () => {
    const { clock, callAsked, push, taken, outcomes } = await setUp()
    callAsked('slow')
    for (let round = 0; round < 6; round++) {
      push(`${round}`)
      clock.advance(3900)
      taken[round]?.[1].respond({})
    }
    expect(outcomes).toEqual(['slow: call_timeout'])
  })

  it('R134: is refused when its call ends first, however that ends', async () => {
    const { clock, callAsked, push, answer, cancelled, taken } = await setUp()
    const told: string[] = []
    const open = (name: string) => {
      const ticket = callAsked(name)
      const { answers } = push(name)
      taken.at(-1)?.[1].onCancelled((reason) => told.push(reason))
      return { ticket, answers }
    }
    const answered = open('answered')
    answer('answered')
    const given = open('given up')
    given.ticket.cancel('enough')
    const late = open('late')
    clock.advance(6000)
    const ended = ['-32603 The call that this was asked for has ended']
    expect([answered.answers, given.answers, late.answers]).toEqual([ended, ended, ended])
    expect(told).toEqual(Array(3).fill('The call that this was asked for has ended'))
    expect(cancelled).toEqual(['given up: enough', 'late: the deadline passed'])
  })

  it('may be taken back by the server', async () => {
    const { clock, callAsked, push, taken, outcomes } = await setUp()
    callAsked('first')
    const { answers, cancel } = push('1')
    const told: string[] = []
    taken[0]?.[1].onCancelled((reason) => told.push(reason))
    cancel('changed my mind')
    expect([told, answers]).toEqual([['changed my mind'], []])
    clock.advance(1600)
    expect(outcomes).toEqual(['first: call_timeout'])
  })

  it('outside of such calls goes to whoever takes it, and is refused when no answer comes', async () => {
    const { lane, clock, call, push, outcomes } = await setUp()
    const outside: ServerRequest[] = []
    lane.onPush((given) => given.id !== 'unwanted' && outside.push(given) > 0)
    call('plain')
    expect(push('unwanted').isTaken).toBe(false)
    const { answers } = push('1')
    clock.advance(4500)
    // The process has one client, who is being asked.
    expect(outcomes).toEqual([])
    clock.advance(500)
    expect(answers).toEqual(['-32603 The client did not answer in time'])
    expect(outside).toHaveLength(1)
  })

  it('R134: is refused when the gateway ends, of a call or of none', async () => {
    const { lane, callAsked, push } = await setUp()
    lane.onPush(() => true)
    const outside = push('1')
    callAsked('first')
    const inside = push('2')
    lane.close(new AppError('not_ready', 'The platform is stopping.'))
    expect([outside.answers, inside.answers]).toEqual([
      ['-32603 The client is gone'],
      ['-32603 The call that this was asked for has ended'],
    ])
  })
})

describe('tools that never asked', () => {
  async function setUpQuiet() {
    const lane = await setUp()
    for (let n = 0; n < 5; n++) {
      lane.callAsked('quiet')
      lane.answer('quiet')
    }
    const askedBy = (principalId: string, name: string) =>
      lane.call(name, { principalId, onPush: (push) => lane.taken.push([`${name} of ${principalId}`, push]) })
    const begun = () => lane.names().slice(5)
    return { ...lane, askedBy, begun }
  }

  it('run beside each other, whoever calls them', async () => {
    const { askedBy, begun } = await setUpQuiet()
    askedBy('a', 'quiet')
    askedBy('b', 'quiet')
    askedBy('b', 'quiet')
    expect(begun()).toEqual(['quiet', 'quiet', 'quiet'])
  })

  it('run beside one that may ask only where that is the same caller’s', async () => {
    const { askedBy, begun, answer } = await setUpQuiet()
    askedBy('a', 'other')
    askedBy('a', 'quiet')
    askedBy('b', 'quiet')
    expect(begun()).toEqual(['other', 'quiet'])
    answer('other')
    expect(begun()).toEqual(['other', 'quiet', 'quiet'])
  })

  it('do not keep one that may ask waiting for ever', async () => {
    const { askedBy, begun, answer } = await setUpQuiet()
    askedBy('a', 'quiet')
    askedBy('b', 'other')
    askedBy('a', 'quiet')
    expect(begun()).toEqual(['quiet'])
    answer('quiet')
    expect(begun()).toEqual(['quiet', 'other'])
    answer('other')
    expect(begun()).toEqual(['quiet', 'other', 'quiet'])
  })

  it('are asked when they ask all the same, and take the slot from then on', async () => {
    const { askedBy, begun, push, taken, answer } = await setUpQuiet()
    askedBy('a', 'quiet')
    expect(push('1').isTaken).toBe(true)
    expect(taken.map(([name]) => name)).toEqual(['quiet of a'])
    answer('quiet')
    askedBy('a', 'quiet')
    askedBy('b', 'quiet')
    expect(begun()).toEqual(['quiet', 'quiet'])
  })

  it('ask nobody where it may be either of two callers: that question is refused', async () => {
    const { askedBy, begun, push, taken, answer } = await setUpQuiet()
    askedBy('a', 'quiet')
    askedBy('b', 'quiet')
    expect(push('1').answers).toEqual([expect.stringContaining('-32603 Several calls are in flight')])
    expect(taken).toEqual([])
    answer('quiet')
    askedBy('a', 'quiet')
    askedBy('b', 'quiet')
    expect(begun()).toHaveLength(3)
  })
})
