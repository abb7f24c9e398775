import { expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { createSlowAnswers } from './slow-answers.ts'

it('tells each answer once, after the time and before twice that, unless it was given', () => {
  const clock = createFakeClock()
  const slow = createSlowAnswers(clock, 1000)
  const told: string[] = []
  const add = (name: string) => {
    const answer = { onSlow: () => void told.push(`${name} ${clock.monotonic()}`) }
    slow.add(answer)
    return answer
  }
  add('first')
  clock.advance(900)
  const given = add('given')
  add('second')
  clock.advance(600)
  slow.delete(given)
  expect(told).toEqual([])
  clock.advance(10_000)
  expect(told).toEqual(['first 2000', 'second 2000'])
  add('late')
  clock.advance(1999)
  expect(told).toHaveLength(2)
  clock.advance(1)
  expect(told.at(-1)).toBe('late 13500')
})
