import { expect, it } from 'vitest'
import { createFakeClock } from '../../../test/fakes/clock.ts'
import { createExportQueue, type SendResult } from './export-queue.ts'

function build(results: SendResult[]) {
  const clock = createFakeClock()
  const sent: number[][] = []
  let dropped = 0
  const queue = createExportQueue<number>({
    clock,
    async send(batch) {
      sent.push([...batch])
      return results.shift() ?? 'sent'
    },
    onDropped: (count) => void (dropped += count),
  })
  return { clock, queue, sent, dropped: () => dropped }
}
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

it('gathers what comes, and sends it a moment later', async () => {
  const { clock, queue, sent } = build([])
  queue.add([1])
  queue.add([2, 3])
  expect(sent).toEqual([])
  clock.advance(2000)
  await queue.flush()
  expect(sent).toEqual([[1, 2, 3]])
})

it('keeps what may be taken later, and waits longer each time', async () => {
  const { clock, queue, sent, dropped } = build(['retry', 'retry', 'sent'])
  queue.add([1])
  await queue.flush()
  clock.advance(999)
  expect(sent).toHaveLength(1)
  clock.advance(1)
  await queue.flush()
  expect(sent).toHaveLength(2)
  clock.advance(1999)
  expect(sent).toHaveLength(2)
  clock.advance(1)
  await queue.flush()
  expect([sent.length, dropped()]).toEqual([3, 0])
})

it('holds a bounded number, drops the oldest, and says how many', async () => {
  const { queue, sent, dropped } = build(['retry'])
  queue.add(numbers(1))
  await queue.flush()
  queue.add(numbers(5000))
  expect(dropped()).toBe(5001 - 4096)
  await queue.flush()
  expect(sent.slice(1).map((batch) => batch.length)).toEqual([512, 512, 512, 512, 512, 512, 512, 512])
  expect(sent[1]?.[0]).toBe(904)
})

it('counts what is refused, and what comes too late', async () => {
  const { queue, dropped } = build(['refused', 'sent'])
  queue.add([1, 2])
  await queue.flush()
  expect(dropped()).toBe(2)
  queue.add([3])
  queue.close()
  queue.add([4])
  expect(dropped()).toBe(4)
})
