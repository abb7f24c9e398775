import { describe, expect, it } from 'vitest'
import type { ServerId } from '../../domain/id.ts'
import { RESOURCES, type Proposal, type Recommendation } from '../../domain/recommendation.ts'
import { settleAdvice } from './settle-advice.ts'

const SERVER = 'srv_x' as ServerId
const DAY = 86_400_000
const NOW = 20_000 * DAY + 1000
const asked = { tier: 'balanced', resources: RESOURCES, now: NOW } as const

const lower: Proposal = {
  resource: 'memory_mb',
  direction: 'lower',
  current: 512,
  proposed: 168,
  tier: 'balanced',
  confidence: { value: 0.9, days: 1, samples: 1, censor: 1, stationary: 0.8 },
  because: [{ id: 'ev1', text: 'highest daily peak', source: 'profile' }],
  formula: '…',
  backtest: { days: 14, exceeded: 0, unusedBefore: 0.8, unusedAfter: 0.4 },
  risk: null,
  mayApply: true,
}
const first = settleAdvice(SERVER, [], [lower], asked)
const made = first.made[0] as Recommendation

describe('settleAdvice', () => {
  it('makes what is new, with a name that its content gives', () => {
    expect(first).toMatchObject({ shown: [made], expired: [], skipped: [] })
    expect(made).toMatchObject({ ...lower, serverId: SERVER, state: 'open', createdAt: NOW })
    expect(settleAdvice(SERVER, [], [lower], { ...asked, now: NOW + 5 }).made[0]?.id).toBe(made.id)
    expect(settleAdvice(SERVER, [], [{ ...lower, proposed: 176 }], asked).made[0]?.id).not.toBe(made.id)
  })

  it('goes on with one that says nearly the same', () => {
    const again = settleAdvice(SERVER, [made], [{ ...lower, proposed: 176 }], { ...asked, now: NOW + DAY })
    expect(again).toMatchObject({ made: [], expired: [] })
    expect(again.shown).toMatchObject([{ id: made.id, createdAt: NOW, seenAt: NOW + DAY, proposed: 176 }])
  })

  it('replaces one that says something else, and ends one that nothing says any more', () => {
    const other = settleAdvice(SERVER, [made], [{ ...lower, proposed: 240 }], asked)
    expect(other.expired).toMatchObject([
      { id: made.id, state: 'expired', reason: 'overtaken: now 512 → 240' },
    ])
    expect(other.made).toHaveLength(1)
    expect(settleAdvice(SERVER, [made], [], asked).expired).toMatchObject([
      { id: made.id, reason: 'what was measured no longer says so', endedAt: NOW },
    ])
  })

  it('leaves alone what was not asked for', () => {
    const cpu = settleAdvice(SERVER, [made], [lower], { ...asked, resources: ['cpu_percent'] })
    expect(cpu).toEqual({ shown: [], made: [], expired: [], skipped: [] })
    const tier = settleAdvice(SERVER, [made], [], { ...asked, tier: 'safe' })
    expect(tier.expired).toEqual([])
  })

  it('L-9: what was taken back or dismissed is not proposed for seven days, in that direction', () => {
    for (const state of ['reverted', 'dismissed'] as const) {
      const ended: Recommendation = { ...made, state, endedAt: NOW }
      const ask = (proposal: Proposal, now: number) =>
        settleAdvice(SERVER, [ended], [proposal], { ...asked, now })
      expect(ask(lower, NOW + 7 * DAY - 1)).toMatchObject({
        shown: [],
        skipped: [{ resource: 'memory_mb', why: expect.stringContaining('not proposed before') }],
      })
      expect(ask(lower, NOW + 7 * DAY).made).toHaveLength(1)
      expect(ask({ ...lower, direction: 'raise', proposed: 640 }, NOW + 1).made).toHaveLength(1)
    }
  })

  it('proposes nothing for a setting whose change is being watched', () => {
    const application = {
      at: NOW,
      by: 'alice',
      before: 512,
      after: 360,
      inPlace: true,
      watchedUntil: NOW + DAY,
      baseline: { latencies: '', throttled: null },
    }
    const watched: Recommendation = { ...made, state: 'applied', application }
    expect(settleAdvice(SERVER, [watched], [lower], asked).skipped).toMatchObject([
      { why: `its change to 360 is watched until ${new Date(NOW + DAY).toISOString()}` },
    ])
  })
})
