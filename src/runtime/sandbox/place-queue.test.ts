import { expect, it } from 'vitest'
import { createPlaceQueue } from './place-queue.ts'

const never = new AbortController().signal

it('admits as many as there are places, in order, and never two with the same key', async () => {
  const queue = createPlaceQueue(2)
  const order: string[] = []
  const enter = async (name: string, keys: string[]) => {
    const place = await queue.enter(keys, never)
    order.push(`${name}@${place?.number}`)
    return place
  }
  const [a, b, c, d] = [enter('a', ['x']), enter('b', ['x']), enter('c', ['y']), enter('d', ['z'])]
  await Promise.all([a, c])
  expect(order).toEqual(['a@0', 'c@1'])
  ;(await c)?.leave()
  await d
  expect(order).toEqual(['a@0', 'c@1', 'd@1'])
  ;(await a)?.leave()
  await b
  expect(order).toEqual(['a@0', 'c@1', 'd@1', 'b@0'])
})

it('lets go of one that no longer wants to wait', async () => {
  const queue = createPlaceQueue(1)
  const first = await queue.enter([], never)
  const controller = new AbortController()
  const second = queue.enter([], controller.signal)
  const third = queue.enter([], never)
  controller.abort()
  expect(await second).toBeNull()
  first?.leave()
  expect((await third)?.number).toBe(0)
  expect(await queue.enter([], AbortSignal.abort())).toBeNull()
})
