import { describe, expect, it } from 'vitest'
import { renderProcessKey, type Era, type ProcessKey } from '../domain/process-key.ts'
import type { Instances, ServerTraits } from '../domain/server-traits.ts'
import { chooseKey, fitKey, type Caller } from './choose-key.ts'

const caller: Caller = { era: 'legacy', capabilities: 'roots', principalId: 'token:a', sessionId: 's1' }
const traits = (instances: Instances, more: Partial<ServerTraits> = {}): ServerTraits => ({
  instances,
  eras: ['legacy'],
  upstreamEra: 'match',
  onSessionLoss: 'resume',
  ...more,
})
const idle = (_key: ProcessKey) => 0
const choose = (given: ServerTraits, who: Partial<Caller> = {}, load = idle) =>
  renderProcessKey(chooseKey(given, { ...caller, ...who }, load))

describe('chooseKey', () => {
  it.each<[Instances, Partial<Caller>, string]>([
    ['shared', {}, 'legacy|roots||0'],
    ['per_principal', {}, 'legacy|roots|token:a|0'],
    ['per_session', {}, 'legacy|roots|s1|0'],
    ['per_session', { era: 'modern', sessionId: null }, 'legacy|roots||0'],
    [{ pool: 3 }, {}, 'legacy|roots||0'],
  ])('gives %j with %j the process %s', (instances, who, expected) => {
    expect(choose(traits(instances), who)).toBe(expected)
  })

  it.each<[readonly Era[], ServerTraits['upstreamEra'], Era, string]>([
    [['legacy'], 'match', 'modern', 'legacy|roots||0'],
    [['modern'], 'match', 'legacy', 'modern|||0'],
    [['legacy', 'modern'], 'match', 'modern', 'modern|||0'],
    [['legacy', 'modern'], 'match', 'legacy', 'legacy|roots||0'],
    [['legacy', 'modern'], 'legacy', 'modern', 'legacy|roots||0'],
    [['legacy', 'modern'], 'modern', 'legacy', 'modern|||0'],
    [['legacy'], 'modern', 'legacy', 'legacy|roots||0'],
  ])(
    'of a server that speaks %j, set to %s, a client of the %s era gets %s',
    (eras, upstreamEra, era, key) => {
      expect(choose(traits('shared', { eras, upstreamEra }), { era })).toBe(key)
    },
  )

  it('takes the least busy of a pool, the first of equals', () => {
    const calls = [3, 1, 1, 2]
    expect(choose(traits({ pool: 4 }), {}, ({ member }) => calls[member] ?? 0)).toBe('legacy|roots||1')
  })
})

describe('fitKey', () => {
  const key = { era: 'legacy', capabilities: 'roots', owner: null, member: 0 } as const
  const who = { principalId: 'token:a', sessionId: 's1' }

  it.each<[Instances, ProcessKey, ProcessKey]>([
    ['shared', key, key],
    ['shared', { ...key, owner: 's1' }, key],
    ['per_principal', key, { ...key, owner: 'token:a' }],
    ['per_principal', { ...key, owner: 'token:b' }, { ...key, owner: 'token:a' }],
    ['per_session', { ...key, owner: 's1' }, { ...key, owner: 's1' }],
    [{ pool: 2 }, { ...key, member: 1 }, { ...key, member: 1 }],
    [{ pool: 2 }, { ...key, member: 2 }, key],
    ['shared', { ...key, member: 1 }, key],
  ])('with %j makes of %j %j', (instances, before, after) => {
    expect(fitKey(before, traits(instances), who)).toEqual(after)
  })
})
