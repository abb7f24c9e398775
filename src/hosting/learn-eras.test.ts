import { expect, it } from 'vitest'
import { createMovableClock } from '../../test/fakes/clock.ts'
import type { ServerId, VersionId } from '../domain/id.ts'
import type { Era } from '../domain/process-key.ts'
import type { Server, Version } from '../domain/server.ts'
import { createEraLearner } from './learn-eras.ts'

const ID = 'srv_1' as ServerId

function open(options: { protocolVersion?: string | null; answers?: readonly (boolean | 'unknown')[] } = {}) {
  const { protocolVersion = '2025-11-25', answers = [true] } = options
  const clock = createMovableClock()
  let version = { id: 'ver_1' as VersionId, eras: null as readonly Era[] | null }
  let active = version.id
  let probes = 0
  const learned: (readonly Era[])[] = []
  const gates: (() => void)[] = []
  const learner = createEraLearner({
    servers: { find: async () => ({ id: ID, activeVersion: active }) as unknown as Server },
    versions: {
      find: async () => version as unknown as Version,
      setEras: async (id, eras) => void (version = { id, eras }),
    },
    supervision: {
      facts: () => (protocolVersion === null ? null : ({ protocolVersion } as never)),
      async probeModern() {
        const modern = answers[probes++] ?? 'unknown'
        await new Promise<void>((resolve) => gates.push(resolve))
        return { modern, detail: 'it said so' }
      },
      learnEras: (_id, eras) => void learned.push(eras),
    },
    clock,
    onDefect: (error) => {
      throw error
    },
  })
  const letAnswer = async () => {
    await clock.advance(0)
    gates.splice(0).forEach((open) => open())
    await clock.advance(0)
  }
  return {
    learner,
    clock,
    learned,
    letAnswer,
    probes: () => probes,
    version: () => version,
    switchVersion: () => void (active = 'ver_2' as VersionId),
  }
}

it('asks once for all who want to know, and keeps the answer', async () => {
  const { learner, letAnswer, probes, version, learned } = open()
  const asked = [learner.learn(ID), learner.learn(ID)]
  await letAnswer()
  expect(await Promise.all(asked)).toEqual([
    { eras: ['legacy', 'modern'], detail: 'it said so' },
    { eras: ['legacy', 'modern'], detail: 'it said so' },
  ])
  expect([probes(), version().eras, learned]).toEqual([1, ['legacy', 'modern'], [['legacy', 'modern']]])
  expect(await learner.learn(ID)).toEqual({ eras: ['legacy', 'modern'], detail: 'it was asked before' })
})

it('needs not ask a server that knows no initialize, and cannot ask one that does not run', async () => {
  const modern = open({ protocolVersion: '2026-07-28' })
  expect(await modern.learner.learn(ID)).toMatchObject({ eras: ['modern'] })
  const stopped = open({ protocolVersion: null })
  expect(await stopped.learner.learn(ID)).toEqual({ eras: null, detail: 'it does not run' })
  expect([modern.probes(), stopped.probes()]).toEqual([0, 0])
})

it('concludes nothing from silence, and asks again later, a few times', async () => {
  const { learner, clock, letAnswer, probes, version } = open({ answers: ['unknown', 'unknown', false] })
  const first = learner.learn(ID)
  await letAnswer()
  expect(await first).toEqual({ eras: null, detail: 'it said so' })
  await clock.advance(30_000)
  await letAnswer()
  expect([probes(), version().eras]).toEqual([2, null])
  await clock.advance(120_000)
  await letAnswer()
  expect([probes(), version().eras]).toEqual([3, ['legacy']])
  await clock.advance(3_600_000)
  expect(probes()).toBe(3)
})

it('gives up after four questions, until it starts again', async () => {
  const { learner, clock, letAnswer, probes } = open({ answers: [] })
  void learner.learn(ID)
  for (let round = 0; round < 10; round++) {
    await letAnswer()
    await clock.advance(600_000)
  }
  expect(probes()).toBe(4)
  void learner.learn(ID)
  await letAnswer()
  expect(probes()).toBe(5)
  await learner.close()
  await clock.advance(3_600_000)
  expect(probes()).toBe(5)
})

it('takes an answer about a version that is not active any more for none', async () => {
  const { learner, letAnswer, version, learned, switchVersion } = open()
  const asked = learner.learn(ID)
  await new Promise((resolve) => setImmediate(resolve))
  switchVersion()
  await letAnswer()
  expect((await asked).eras).toBeNull()
  expect([version().eras, learned]).toEqual([null, []])
})

it('finds out that one which does not take initialize speaks the newer revision alone', async () => {
  const newer = open({ protocolVersion: null })
  const found = newer.learner.learnFromRefusal(ID)
  await newer.letAnswer()
  expect([await found, newer.version().eras, newer.learned]).toEqual([true, ['modern'], [['modern']]])
  expect(await newer.learner.learnFromRefusal(ID)).toBe(false)
  for (const answer of [false, 'unknown'] as const) {
    const broken = open({ protocolVersion: null, answers: [answer] })
    const asked = broken.learner.learnFromRefusal(ID)
    await broken.letAnswer()
    expect([await asked, broken.version().eras]).toEqual([false, null])
  }
})

it('asks two servers at once, and the others in turn', async () => {
  const { learner, letAnswer, probes } = open({ answers: [false, false, false, false, false] })
  const all = ['srv_1', 'srv_2', 'srv_3', 'srv_4', 'srv_5'].map((id) =>
    learner.learnFromRefusal(id as ServerId),
  )
  await new Promise((resolve) => setImmediate(resolve))
  expect(probes()).toBe(2)
  await letAnswer()
  expect(probes()).toBe(4)
  await letAnswer()
  await letAnswer()
  await Promise.all(all)
  expect(probes()).toBe(5)
})

it('is not closed before what it asks is over', async () => {
  const { learner, letAnswer } = open()
  void learner.learn(ID)
  await new Promise((resolve) => setImmediate(resolve))
  let closed = false
  const closing = learner.close().then(() => (closed = true))
  await new Promise((resolve) => setImmediate(resolve))
  expect(closed).toBe(false)
  await letAnswer()
  await closing
})
