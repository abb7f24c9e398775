import { describe, expect, it } from 'vitest'
import { judgeProbe, type Vigil } from './health.ts'

const AT_FIRST: Vigil = { health: 'healthy', misses: 0, passes: 1 }

/** The health after each probe; `.` answered, `x` missed. */
function follow(probes: string, from: Vigil = AT_FIRST): string[] {
  let vigil = from
  return probes.split('').map((probe) => (vigil = judgeProbe(vigil, probe === '.')).health)
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
      for (const probe of probes) vigil = judgeProbe(vigil, probe === '.')
      return vigil.misses
    }
    expect([missed('xx.xx'), missed('xxx')]).toEqual([2, 3])
  })

  it('needs one answer of a server whose health is not known', () => {
    const adopted: Vigil = { health: 'unknown', misses: 0, passes: 0 }
    expect(follow('.', adopted)).toEqual(['healthy'])
    expect(follow('xx', adopted)).toEqual(['unknown', 'unhealthy'])
  })
})
