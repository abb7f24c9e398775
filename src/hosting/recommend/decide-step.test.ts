import { expect, it } from 'vitest'
import type { Recommendation } from '../../domain/recommendation.ts'
import { decideStep } from './decide-step.ts'

const MIB = 2 ** 20
const DAY = 86_400_000
const lower = { resource: 'memory_mb', direction: 'lower', current: 512, proposed: 168 } as Recommendation
const idle = { memoryBytes: 70 * MIB, lowered: null }

it('goes down by 30 % a day at most, in steps of the setting', () => {
  expect(decideStep(lower, 0, idle)).toEqual({ kind: 'to', value: 360 })
  expect(decideStep({ ...lower, current: 200 }, 0, idle)).toEqual({ kind: 'to', value: 168 })
  const cpu = { ...lower, resource: 'cpu_percent', current: 100, proposed: 10 } as const
  expect(decideStep(cpu, 0, idle)).toEqual({ kind: 'to', value: 70 })
})

it('goes down once a day', () => {
  expect(decideStep(lower, DAY - 1, { ...idle, lowered: 0 })).toEqual({
    kind: 'not',
    why: 'memory_mb was lowered within a day; the next step may come at 1970-01-02T00:00:00.000Z',
  })
  expect(decideStep(lower, DAY, { ...idle, lowered: 0 })).toMatchObject({ kind: 'to' })
})

it('stays a fifth above what is in use now', () => {
  expect(decideStep(lower, 0, { ...idle, memoryBytes: 350 * MIB })).toEqual({ kind: 'to', value: 424 })
  expect(decideStep(lower, 0, { ...idle, memoryBytes: 430 * MIB })).toEqual({
    kind: 'not',
    why: 'it uses 430 MiB now, too near to a lower limit',
  })
})

it('goes up, and changes what has no size, in one step', () => {
  expect(decideStep({ ...lower, direction: 'raise', proposed: 1024 }, 0, idle)).toEqual({
    kind: 'to',
    value: 1024,
  })
  const word = { ...lower, resource: 'instances', current: 'pool:2', proposed: 'pool:4' } as const
  expect(decideStep(word, 0, idle)).toEqual({ kind: 'to', value: 'pool:4' })
})
