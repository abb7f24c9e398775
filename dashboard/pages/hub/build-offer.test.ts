import { expect, it } from 'vitest'
import type { ToolStateJson } from '../../../src/api/schema/tool.ts'
import { buildOffer, isReachable, parseChoice } from './build-offer.ts'

const tool = (name: string, more: Partial<ToolStateJson> = {}): ToolStateJson => ({
  name,
  enabled: true,
  approved: true,
  change: null,
  hidden: false,
  definition: { description: 'x'.repeat(40) },
  ...more,
})

it('names tools by their server, leaves out what is hidden, and counts what is there twice', () => {
  const offer = buildOffer([
    { name: 'notes', tools: [tool('search'), tool('gone', { change: 'removed' })] },
    { name: 'weather', tools: [tool('search'), tool('now'), tool('off', { hidden: true, enabled: false })] },
  ])
  expect(offer.map(({ name, twins }) => [name, twins])).toEqual([
    ['notes__search', 1],
    ['weather__search', 1],
    ['weather__now', 0],
  ])
})

it('estimates tokens by the bytes of the definition', () => {
  // {"description":"<40>","name":"a__b"} has 72 bytes.
  expect(buildOffer([{ name: 'a', tools: [tool('b')] }])[0]?.tokens).toBe(18)
})

it('marks names that clients cannot take', () => {
  const [dotted, odd, long] = buildOffer([
    { name: 'a', tools: [tool('b.c'), tool('b c'), tool('d'.repeat(200))] },
  ])
  expect(dotted).toMatchObject({ name: 'a__b.c', isShortened: false })
  expect(odd).toMatchObject({ name: 'a__b_c_…', isShortened: true })
  expect(long?.name).toBe(`a__${'d'.repeat(112)}_…`)
})

it('reads the choice of the address', () => {
  expect(parseChoice('')).toEqual([])
  expect(parseChoice('weather,notes,weather,<b>')).toEqual(['notes', 'weather'])
})

it('counts a server that sleeps as there, and one that was stopped by hand not', () => {
  expect(isReachable({ status: 'running', idle: false })).toBe(true)
  expect(isReachable({ status: 'stopped', idle: true })).toBe(true)
  expect(isReachable({ status: 'stopped', idle: false })).toBe(false)
  expect(isReachable({ status: 'failed', idle: false })).toBe(false)
})
