import { describe, expect, it } from 'vitest'
import { FIRST_SIGHT } from '../../../../test/corpora/exits/first-sight.ts'
import { classifyExit } from './classify-exit.ts'

describe('last words that the rules were not written for', () => {
  it('of 46, at least 95 % were told at first sight', () => {
    const missed = FIRST_SIGHT.filter((sample) => sample.missed !== undefined)
    expect([missed.length, FIRST_SIGHT.length]).toEqual([2, 46])
  })

  it.each(FIRST_SIGHT.map((sample) => [sample.about, sample] as const))('%s', (_, sample) => {
    const { code = 1, signal = null, serving, stderr } = sample
    const facts = { cause: 'exited', code, signal, detail: '', evidence: null, stderr } as const
    expect(classifyExit({ ...facts, phase: serving ? 'serving' : 'starting' })?.kind).toBe(sample.class)
  })
})
