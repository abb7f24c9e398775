import { describe, expect, it } from 'vitest'
import { DEFAULT_HEALTH_RULES, judgeProbe, type Vigil } from './health.ts'

const AT_FIRST: Vigil = { health: 'healthy', misses: 0, passes: 1 }

/** The health after each probe; `.` answered, `x` missed. */
function follow(probes: string, from: Vigil = AT_FIRST, rules = DEFAULT_HEALTH_RULES): string[] {
  let vigil = from
  return probes.split('').map((probe) => (vigil = judgeProbe(vigil, probe === '.', rules)).health)
}

describe('judgeProbe', () => {
  it('overlooks one miss, and calls two in a row unhealthy', () => {
    expect(follow('x.x.')).toEqual(['healthy', 'healthy', 'healthy', 'healthy'])
    expect(follow('xx')).toEqual(['healthy', 'unhealthy'])
  })

  it('believes that it is well again after two answers in a row', () => {
    expect(follow('xx.x..')).toEqual([
      'healthy',
      'unhealthy',
      'unhealthy',
      'unhealthy',
      'unhealthy',
      'healthy',
    ])
  })

  it('counts misses in a row, from the last answer', () => {
    const missed = (probes: string) => {
      let vigil = AT_FIRST
      for (const probe of probes) vigil = judgeProbe(vigil, probe === '.', DEFAULT_HEALTH_RULES)
      return vigil.misses
    }
    expect([missed('xx.xx'), missed('xxx')]).toEqual([2, 3])
  })

  it('is as patient as the server asks for', () => {
    const health = (probes: string, failures: number, successes: number) =>
      follow(probes, AT_FIRST, { timeoutSeconds: 5, failures, successes }).at(-1)
    expect([health('x', 1, 1), health('x.', 1, 1), health('xx.', 2, 1)]).toEqual([
      'unhealthy',
      'healthy',
      'healthy',
    ])
    expect([health('xxxx', 10, 2), health('xxxxx', 10, 2)]).toEqual(['healthy', 'unhealthy'])
    expect([health('xxxxx...', 10, 4), health('xxxxx....', 10, 4)]).toEqual(['unhealthy', 'healthy'])
  })

  it('needs one answer of a server whose health is not known', () => {
    const adopted: Vigil = { health: 'unknown', misses: 0, passes: 0 }
    expect(follow('.', adopted)).toEqual(['healthy'])
    expect(follow('xx', adopted)).toEqual(['unknown', 'unhealthy'])
  })
})
