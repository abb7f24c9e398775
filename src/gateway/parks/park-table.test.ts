import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock, type FakeClock } from '../../../test/fakes/clock.ts'
import { silent } from '../../../test/fakes/hosting.ts'
import { createMemoryParks, createPush, testSeal } from '../../../test/fakes/parks.ts'
import { AppError } from '../../domain/error.ts'
import type { Json, JsonObject } from '../../domain/json.ts'
import type { ServerId } from '../../domain/id.ts'
import type { Outcome, SentCall } from '../call.ts'
import type { ParkRecord } from '../ports.ts'
import { openPark, type CallOwner } from './park-record.ts'
import { createParkTable, type Found, type ParkTable } from './park-table.ts'
import type { ParkedCall } from './parked-call.ts'

const CONFIG = { parkMs: 1000, quietMs: 8, maxParksPerPrincipal: 2, maxParksPerServer: 3 }
const OWNER: CallOwner = {
  principalId: 'token:a',
  serverId: 'srv_a' as ServerId,
  method: 'tools/call',
  tool: 'ask',
  request: 'digest',
}
const SENT: SentCall = {
  key: { era: 'legacy', capabilities: 'elicitation.form', owner: null, member: 0 },
  instanceId: 'ins_1',
  callId: 7,
  startedAt: 5,
}
const NAME = { message: 'Name?', requestedSchema: { type: 'object' } }
const AGE = { ...NAME, message: 'Age?' }
const DONE: Outcome = { kind: 'result', result: { content: [] } }
const ACCEPT = { action: 'accept', content: { name: 'x' } }

let clock: FakeClock
let rows: Map<string, ParkRecord>
let table: ParkTable

beforeEach(() => {
  clock = createFakeClock()
  rows = new Map()
  table = openTable()
})

const openTable = () =>
  createParkTable({
    parks: createMemoryParks(rows),
    seal: testSeal,
    clock,
    config: CONFIG,
    logger: silent,
    onParked: () => {},
  })

/** One request of the client, and what came of it. */
function visit(capabilities = 'elicitation.form') {
  const seen = { asked: [] as JsonObject[], state: '', outcomes: [] as Outcome[], told: [] as unknown[] }
  return {
    seen,
    visit: {
      capabilities,
      onAsk(requests: JsonObject, state: string) {
        seen.asked.push(requests)
        seen.state = state
      },
      onDone: (outcome: Outcome) => void seen.outcomes.push(outcome),
      onTold: (method: string, params: JsonObject) => void seen.told.push([method, params]),
    },
  }
}

function begin(owner = OWNER, capabilities?: string, known?: Map<string, Json>) {
  const first = visit(capabilities)
  const ended: string[] = []
  let call: ParkedCall | undefined
  table.begin(
    owner,
    SENT.key,
    first.visit,
    (created) => {
      call = created
      const ticket = {
        sent: SENT,
        cancel: (reason: string) => ended.push(reason),
        release: () => ended.push('-'),
      }
      return ticket as never
    },
    known,
  )
  if (call === undefined) throw new Error('the call was not sent')
  return { ...first.seen, seen: first.seen, first: first.visit, call, ended }
}

const ask = (call: ParkedCall, params: JsonObject = NAME) => {
  const push = createPush('elicitation/create', params)
  call.take(push)
  return push
}

function resume(state: string, answers: JsonObject, capabilities?: string) {
  const found = table.find(state, OWNER)
  if (found.kind !== 'parked') throw new Error(`not parked: ${JSON.stringify(found)}`)
  const next = visit(capabilities)
  const malformed = found.call.findMalformed(answers)
  if (malformed === null) found.call.resume(next.visit, answers)
  return { seen: next.seen, visit: next.visit, malformed }
}

const reason = (found: Found) => (found.kind === 'refused' ? found.reason : found.kind)

describe('asking', () => {
  it('gathers what comes within the quiet window, under keys of its own', () => {
    const { call, seen } = begin()
    ask(call)
    clock.advance(7)
    ask(call, AGE)
    clock.advance(7)
    expect(seen.asked).toEqual([])
    clock.advance(1)
    expect(seen.asked).toEqual([
      {
        req_1: { method: 'elicitation/create', params: NAME },
        req_2: { method: 'elicitation/create', params: AGE },
      },
    ])
  })

  it('puts no more to a client together than one message may hold', () => {
    const { call, seen } = begin()
    const large = { ...NAME, message: 'x'.repeat(3_000_000) }
    ask(call, large)
    const refused = ask(call, large)
    clock.advance(8)
    expect(refused.answers).toMatchObject([{ error: { code: -32603 } }])
    expect(Object.keys(seen.asked[0] ?? {})).toEqual(['req_1'])
    expect(ask(call, large).answers).toMatchObject([{ error: { code: -32603 } }])
    expect(ask(call, AGE).answers).toEqual([])
  })

  it('does not hold up a process whose server answered without waiting', () => {
    const { call, seen } = begin()
    ask(call)
    clock.advance(8)
    expect(table.isParkedAt(OWNER.serverId, SENT.key)).toBe(true)
    call.settle(DONE)
    expect(table.isParkedAt(OWNER.serverId, SENT.key)).toBe(false)
    expect(resume(seen.state, { req_1: ACCEPT }).seen.outcomes).toEqual([DONE])
  })

  it('keeps no more of such answers than there is room for', () => {
    const large: Outcome = { kind: 'result', result: { content: ['x'.repeat(20 * 1024 * 1024)] } }
    const [one, two] = [begin(), begin()]
    for (const { call } of [one, two]) {
      ask(call)
      clock.advance(8)
      call.settle(large)
    }
    expect(resume(two.seen.state, {}).seen.outcomes).toMatchObject([
      { kind: 'failed', error: { code: 'answer_lost' } },
    ])
    expect(resume(one.seen.state, {}).seen.outcomes).toEqual([large])
  })

  it('R72: refuses what this request did not declare, and goes on', () => {
    const { call, seen } = begin()
    const push = createPush('roots/list')
    call.take(push)
    clock.advance(100)
    expect(push.answers).toMatchObject([{ error: { code: -32601 } }])
    expect(seen.asked).toEqual([])
    call.settle(DONE)
    expect(seen.outcomes).toEqual([DONE])
  })

  it('forgets what the server takes back', () => {
    const { call, seen } = begin()
    ask(call).cancel()
    clock.advance(100)
    expect(seen.asked).toEqual([])
  })

  it('answers every question of a call that ends before it was put', () => {
    const { call, seen } = begin()
    const push = ask(call)
    call.settle(DONE)
    clock.advance(100)
    expect(push.answers).toMatchObject([{ error: { code: -32603 } }])
    expect(seen).toMatchObject({ asked: [], outcomes: [DONE] })
  })

  it('R63: a client that goes away before it is asked cancels the call', () => {
    const { call, first, ended } = begin()
    const push = ask(call)
    call.leave(first)
    expect(ended).toEqual(['the client went away'])
    expect(push.answers).toHaveLength(1)
    call.settle(DONE)
    expect(table.find('', OWNER).kind).toBe('refused')
  })

  it('R154: one caller, and all of them together, may have only so many calls parked', () => {
    const park = (owner: CallOwner) => {
      const started = begin(owner)
      ask(started.call)
      clock.advance(8)
      return started
    }
    const other = { ...OWNER, principalId: 'token:b' }
    for (const owner of [OWNER, OWNER, other]) expect(park(owner).seen.asked).toHaveLength(1)
    for (const owner of [OWNER, { ...OWNER, principalId: 'token:c' }]) {
      const { seen, ended } = park(owner)
      expect(seen.asked).toEqual([])
      expect(seen.outcomes).toMatchObject([{ kind: 'failed', error: { code: 'busy' } }])
      expect(ended).toHaveLength(1)
    }
    expect(park({ ...OWNER, serverId: 'srv_b' as ServerId }).seen.asked).toHaveLength(1)
  })
})

describe('parked', () => {
  const park = (capabilities?: string) => {
    const started = begin(OWNER, capabilities)
    const push = ask(started.call)
    clock.advance(8)
    return { ...started, push, state: started.seen.state }
  }

  it('R73: the retry brings the answers and gets the result', () => {
    const { call, push, state, seen } = park()
    const { seen: next } = resume(state, { req_1: ACCEPT })
    expect(push.answers).toEqual([ACCEPT])
    call.settle(DONE)
    expect(next.outcomes).toEqual([DONE])
    expect(seen.outcomes).toEqual([])
  })

  it('R73: or another round, under new keys', () => {
    const { call, state } = park()
    const { seen: second } = resume(state, { req_1: ACCEPT })
    const push = ask(call, AGE)
    clock.advance(8)
    expect(second.asked).toEqual([{ req_2: { method: 'elicitation/create', params: AGE } }])
    const { seen: third } = resume(second.state, { req_1: ACCEPT, req_2: { action: 'decline' } })
    expect(push.answers).toEqual([{ action: 'decline' }])
    call.settle(DONE)
    expect(third.outcomes).toEqual([DONE])
  })

  it('R74: asks again for what is missing, and ignores what nobody asked', () => {
    const { call, seen, push } = park()
    const other = ask(call, AGE)
    const { seen: second } = resume(seen.state, { req_2: ACCEPT, req_9: 'what' })
    expect([push.answers, other.answers]).toEqual([[], [ACCEPT]])
    clock.advance(8)
    expect(second.asked).toEqual([{ req_1: { method: 'elicitation/create', params: NAME } }])
    resume(second.state, { req_1: ACCEPT })
    expect(push.answers).toEqual([ACCEPT])
  })

  it('R74: names what has the wrong shape, and stays as it is', () => {
    const { state, push } = park()
    expect(resume(state, { req_1: { action: 'maybe' } }).malformed).toBe('req_1')
    expect(push.answers).toEqual([])
    expect(resume(state, { req_1: ACCEPT }).malformed).toBeNull()
  })

  it('R75: a state is good for one use', () => {
    const { state, call } = park()
    resume(state, { req_1: ACCEPT })
    expect(reason(table.find(state, OWNER))).toContain('used')
    ask(call, AGE)
    clock.advance(8)
    expect(reason(table.find(state, OWNER))).toContain('used')
    call.settle(DONE)
    expect(reason(table.find(state, OWNER))).toContain('used')
  })

  it('R75: and for its caller, its server and its request alone', () => {
    const { state } = park()
    expect(reason(table.find(state, { ...OWNER, principalId: 'token:b' }))).toContain('caller')
    expect(reason(table.find(state, { ...OWNER, serverId: 'srv_b' as ServerId }))).toContain('caller')
    expect(reason(table.find(state, { ...OWNER, request: 'other' }))).toContain('another request')
    expect(reason(table.find(`${state}A`, OWNER))).toContain('caller')
    expect(reason(table.find(undefined, OWNER))).toContain('caller')
    expect(table.find(state, OWNER).kind).toBe('parked')
  })

  it('the client’s absence ends it only when its time is up', () => {
    const { call, first, ended, push, state } = park()
    call.leave(first)
    clock.advance(999)
    expect(ended).toEqual([])
    clock.advance(1)
    expect(ended).toEqual(['the client did not answer in time'])
    expect(push.answers).toMatchObject([{ error: { code: -32603 } }])
    expect(reason(table.find(state, OWNER))).toContain('expired')
    expect(rows.size).toBe(0)
  })

  it('R63: a client that goes away after its retry cancels the call', () => {
    const { call, state, ended } = park()
    const { visit: second } = resume(state, { req_1: ACCEPT })
    call.leave(second)
    expect(ended).toEqual(['the client went away'])
  })

  it('keeps a result that comes meanwhile for the retry', () => {
    const { call, push, state } = park()
    call.settle(DONE)
    expect(push.answers).toMatchObject([{ error: { code: -32603 } }])
    expect(resume(state, { req_1: ACCEPT }).seen.outcomes).toEqual([DONE])
  })

  it('tells whoever visits, and nobody in between', () => {
    const { call, state, seen } = park()
    call.tell('notifications/progress', { progress: 1 })
    const { seen: next } = resume(state, { req_1: ACCEPT })
    call.tell('notifications/progress', { progress: 2 })
    expect([seen.told, next.told]).toEqual([[], [['notifications/progress', { progress: 2 }]]])
  })

  it('R72: the retry’s own declaration counts for what is asked after it', () => {
    const { call, state } = park()
    resume(state, { req_1: ACCEPT }, 'roots')
    const push = ask(call, AGE)
    expect(push.answers).toMatchObject([{ error: { code: -32601 } }])
  })

  it('is lost with its process, and may be made again once', () => {
    const { call, state } = park()
    call.settle({ kind: 'failed', error: new AppError('server_stopped_answering', 'It ended.') })
    expect(table.look(state, OWNER).kind).toBe('lost')
    const found = table.find(state, OWNER)
    expect(found).toMatchObject({ kind: 'lost', asked: { req_1: expect.any(String) } })
    expect(reason(table.find(state, OWNER))).toContain('used')
    const asked = found.kind === 'lost' ? found.asked : {}
    const again = begin(OWNER, undefined, new Map([[asked['req_1'] ?? '', ACCEPT]]))
    const equal = ask(again.call)
    expect(equal.answers).toEqual([ACCEPT])
    // Known answers are used once, and only for the same question.
    ask(again.call)
    ask(again.call, AGE)
    clock.advance(8)
    expect(Object.keys(again.seen.asked[0] ?? {})).toEqual(['req_1', 'req_2'])
  })

  it('ends when its caller may not go on, or its server is deleted', () => {
    const a = park()
    table.forget({ principalId: 'token:b' })
    expect(a.ended).toEqual([])
    table.forget({ principalId: 'token:a' })
    expect(a.ended).toHaveLength(1)
    const b = park()
    table.forget({ serverId: OWNER.serverId })
    expect(b.ended).toHaveLength(1)
  })
})

describe('over a restart', () => {
  it('is kept sealed while it is parked, and not longer', () => {
    const { call, seen } = begin()
    expect(rows.size).toBe(0)
    const push = ask(call)
    clock.advance(8)
    const [row] = rows.values()
    expect(JSON.stringify(row)).not.toContain('Name?')
    expect(row && openPark(testSeal, row)).toMatchObject({
      ...SENT,
      method: 'tools/call',
      tool: 'ask',
      open: [{ key: 'req_1', id: push.id }],
    })
    resume(seen.state, {})
    expect(rows.size).toBe(0)
    clock.advance(8)
    expect(rows.size).toBe(1)
    table.close()
    expect(rows.size).toBe(1)
  })

  it('goes on in the next daemon, with the questions that are still open', () => {
    const before = begin()
    ask(before.call)
    clock.advance(8)
    table.close()
    expect(before.ended).toEqual(['-'])

    const [row] = rows.values()
    const content = row && openPark(testSeal, row)
    if (row === undefined || content === null || content === undefined) throw new Error('nothing kept')
    table = openTable()
    const push = createPush('elicitation/create', NAME)
    let call: ParkedCall | undefined
    table.restore(row, content, (restored) => {
      call = restored
      for (const { key, request, digest } of content.open) restored.recall(key, { push, request, digest })
      return { sent: SENT, cancel: () => {}, release: () => {} }
    })
    const { seen } = resume(before.seen.state, { req_1: ACCEPT })
    expect(push.answers).toEqual([ACCEPT])
    ask(call as ParkedCall, AGE)
    clock.advance(8)
    expect(Object.keys(seen.asked[0] ?? {})).toEqual(['req_2'])
  })

  it('is lost when its process did not live on, and expires when it would have', () => {
    const before = begin()
    ask(before.call)
    clock.advance(8)
    table.close()
    const [row] = rows.values()
    const content = row && openPark(testSeal, row)
    if (row === undefined || content === null || content === undefined) throw new Error('nothing kept')
    table = openTable()
    table.restore(row, content, null)
    expect(table.find(before.seen.state, OWNER).kind).toBe('lost')
    expect(rows.size).toBe(0)
    table.restore(row, content, null)
    clock.advance(1000)
    expect(reason(table.find(before.seen.state, OWNER))).toContain('expired')
  })
})

describe('a call that is made again', () => {
  it('has a state of its own, good for one use within its time', () => {
    const state = table.renderAgain(OWNER)
    expect(reason(table.find(state, { ...OWNER, principalId: 'token:b' }))).toContain('caller')
    expect(table.find(state, OWNER).kind).toBe('again')
    expect(reason(table.find(state, OWNER))).toContain('used')
    const late = table.renderAgain(OWNER)
    clock.advance(1000)
    expect(reason(table.find(late, OWNER))).toContain('expired')
  })
})
