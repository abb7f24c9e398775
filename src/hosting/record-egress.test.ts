import { FOR_GOOD } from '../domain/lifetime.ts'
import { expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { createTestHosting } from '../../test/fakes/hosting.ts'
import { buildServerId } from '../../test/fakes/launch-spec.ts'
import type { PlatformEvent } from '../domain/event.ts'
import type { EgressEntry } from '../runtime/ports.ts'
import { createEgressRecorder } from './record-egress.ts'

async function open() {
  const { store } = createTestHosting()
  const clock = createFakeClock()
  const events: PlatformEvent[] = []
  const recorder = createEgressRecorder({
    ...store,
    events: { emit: (event) => void events.push(event) },
    clock,
  })
  const id = buildServerId(1)
  await store.servers.create({
    id,
    name: 'weather',
    desired: 'running',
    activeVersion: null,
    uid: null,
    overrides: {},
    lastState: { kind: 'stopped', lastExit: null },
    restarts: 0,
    lifetime: FOR_GOOD,
    watch: null,
    createdAt: 1,
    updatedAt: 1,
  })
  const record = (entry: EgressEntry) => recorder.record(id, entry)
  const told = () => events.splice(0).map(({ type, ...rest }) => [type, { ...rest }])
  return { id, store, clock, recorder, record, told }
}

type Opened = Awaited<ReturnType<typeof open>>
const placesOf = async (store: Opened['store'], id: Opened['id']) =>
  (await store.egress.listEach([id], 1000)).get(id) ?? []

const refusal: EgressEntry = { kind: 'refused', host: 'evil.test', port: 443, reason: 'not listed' }
const who = { serverId: buildServerId(1), server: 'weather' }

it('stores what was reached, and tells each place once', async () => {
  const { id, store, recorder, record, told } = await open()
  record({ kind: 'opened', host: 'a.test', port: 443 })
  record({ kind: 'moved', host: 'a.test', port: 443, sent: 10, received: 20 })
  record({ kind: 'moved', host: 'a.test', port: 443, sent: 1, received: 2 })
  await recorder.flush()
  record({ kind: 'opened', host: 'a.test', port: 443 })
  await recorder.flush()
  expect(await placesOf(store, id)).toMatchObject([
    { host: 'a.test', sentBytes: 11, receivedBytes: 22, connections: 2, refused: 0 },
  ])
  expect(told()).toEqual([['egress.new_host', { ...who, host: 'a.test', port: 443 }]])
})

it('tells a refused place once a minute, with the number of refusals', async () => {
  const { id, store, clock, recorder, record, told } = await open()
  const denied = (count: number) => [
    'egress.denied',
    { ...who, host: 'evil.test', port: 443, reason: 'not listed', count },
  ]
  record(refusal)
  await recorder.flush()
  expect(told()).toEqual([denied(1)])
  for (let n = 0; n < 5; n++) record(refusal)
  clock.advance(59_000)
  await recorder.flush()
  expect(told()).toEqual([])
  clock.advance(1000)
  await recorder.flush()
  expect(told()).toEqual([denied(5)])
  clock.advance(60_000)
  await recorder.flush()
  expect(told()).toEqual([])
  record(refusal)
  await recorder.flush()
  expect(told()).toEqual([denied(1)])
  expect(await placesOf(store, id)).toMatchObject([{ refused: 7, lastReason: 'not listed' }])
})

it('is not filled by a server that asks for ever new names', async () => {
  const { id, store, recorder, record, told } = await open()
  for (let n = 0; n < 5000; n++) record({ ...refusal, host: `h${n}.test` })
  await recorder.flush()
  const events = told()
  expect(events).toHaveLength(51)
  expect(events.at(-1)).toEqual([
    'egress.denied',
    { ...who, host: '*', port: 0, reason: 'not listed', count: 4950 },
  ])
  const kept = await placesOf(store, id)
  expect(kept.reduce((sum, { refused }) => sum + refused, 0)).toBe(5000)
})

it('forgets a server that is gone', async () => {
  const { id, store, recorder, record, told } = await open()
  record(refusal)
  await store.servers.remove(id)
  await recorder.flush()
  expect(told()).toEqual([])
})
