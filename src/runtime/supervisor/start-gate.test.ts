import { expect, it } from 'vitest'
import { createMovableClock, settle } from '../../../test/fakes/clock.ts'
import { createStartGate } from './start-gate.ts'

const LIMITS = { places: 2, perMinute: 10, burst: 20 }

function open(limits: Partial<typeof LIMITS> = {}) {
  const clock = createMovableClock()
  const gate = createStartGate(clock, { ...LIMITS, ...limits })
  const begun: string[] = []
  const ends: (() => void)[] = []
  const enter = (kind: 'boot' | 'restart' | 'return', name: string) =>
    gate.enter(kind, () => {
      begun.push(name)
      return new Promise<void>((resolve) => ends.push(resolve))
    })
  const endAll = async () => {
    for (const end of ends.splice(0)) end()
    await settle()
  }
  return { clock, gate, begun, enter, endAll }
}

it('gives each place to one, and the next its place when that is decided', async () => {
  const { begun, enter, endAll } = open()
  for (const name of ['a', 'b', 'c']) enter('boot', name)
  expect(begun).toEqual(['a', 'b'])
  await endAll()
  expect(begun).toEqual(['a', 'b', 'c'])
})

it('lets a burst of restarts through and then so many a minute, by the monotonic clock', async () => {
  const { clock, begun, enter, endAll } = open({ places: 100 })
  for (let n = 0; n < 30; n++) enter('restart', `${n}`)
  expect(begun).toHaveLength(20)
  await endAll()
  expect(begun).toHaveLength(20)
  await clock.advance(5999)
  expect(begun).toHaveLength(20)
  await clock.advance(1)
  expect(begun).toHaveLength(21)
  await clock.advance(54_000)
  expect(begun).toHaveLength(30)
})

it('F2: lets one that had served return at once when nothing else starts or waits, however many did before', async () => {
  const { clock, begun, enter, endAll } = open({ burst: 3 })
  for (let n = 0; n < 10; n++) {
    enter('return', `${n}`)
    await endAll()
  }
  expect(begun).toHaveLength(10)
  for (const name of ['a', 'b', 'c']) enter('return', name)
  // The first came alone; the others are two, and wait for their share.
  expect(begun.slice(10)).toEqual(['a'])
  await endAll()
  expect(begun.slice(10)).toEqual(['a'])
  await clock.advance(6000)
  expect(begun.slice(10)).toEqual(['a', 'b'])
  enter('restart', 'd')
  await endAll()
  await clock.advance(5000)
  expect(begun.slice(10)).toEqual(['a', 'b'])
})

it('lets one that never served wait for its share, alone too', async () => {
  const { clock, begun, enter, endAll } = open({ burst: 1 })
  enter('restart', 'a')
  await endAll()
  enter('restart', 'b')
  expect(begun).toEqual(['a'])
  await clock.advance(6000)
  expect(begun).toEqual(['a', 'b'])
})

it('lets no boot wait for the share of restarts', async () => {
  const { begun, enter } = open({ burst: 1, places: 5 })
  for (const name of ['a', 'b']) enter('restart', name)
  enter('boot', 'c')
  expect(begun).toEqual(['a', 'c'])
})

it('forgets what is taken back, and everything when it is closed', async () => {
  const { gate, begun, enter, endAll } = open()
  for (const name of ['a', 'b']) enter('boot', name)
  enter('boot', 'c')()
  enter('boot', 'd')
  await endAll()
  expect(begun).toEqual(['a', 'b', 'd'])
  enter('boot', 'e')
  enter('boot', 'f')
  gate.close()
  await endAll()
  expect(begun).toEqual(['a', 'b', 'd', 'e'])
})

it('gives the place back of one that failed', async () => {
  const { gate, begun, enter } = open({ places: 1 })
  gate.enter('boot', () => Promise.reject(new Error('no')))
  enter('boot', 'a')
  await settle()
  expect(begun).toEqual(['a'])
})
