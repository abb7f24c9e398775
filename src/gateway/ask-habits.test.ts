import { expect, it } from 'vitest'
import { createAskHabits } from './ask-habits.ts'
import type { CallRequest } from './call.ts'

const call = (name: string): CallRequest => ({
  method: 'tools/call',
  params: { name },
  principalId: 'token:a',
  protocolVersion: '2025-11-25',
  onDone: () => {},
})

it('believes a tool after five answers without a question, until it asks', () => {
  const habits = createAskHabits()
  for (let n = 0; n < 4; n++) habits.answered(call('read'))
  expect(habits.isQuiet(call('read'))).toBe(false)
  habits.answered(call('read'))
  expect(habits.isQuiet(call('read'))).toBe(true)
  expect(habits.isQuiet(call('write'))).toBe(false)
  habits.asked(call('read'))
  for (let n = 0; n < 100; n++) habits.answered(call('read'))
  expect(habits.isQuiet(call('read'))).toBe(false)
})

it('knows nothing of the next process, and not of names without end', () => {
  const habits = createAskHabits()
  for (let n = 0; n < 5; n++) habits.answered(call('read'))
  for (let name = 0; name < 3000; name++) habits.answered(call(`made-up-${name}`))
  for (let n = 0; n < 5; n++) habits.answered(call('late'))
  expect(habits.isQuiet(call('late'))).toBe(false)
  habits.forget()
  expect(habits.isQuiet(call('read'))).toBe(false)
})
