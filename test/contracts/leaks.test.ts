/** The tiers of leaks against their bars on a few generated traces; `npm run leaks` shows all. */
import { describe, expect, it } from 'vitest'
import { judgeSeed } from '../bench/leaks/judge-traces.ts'
import { judgeBars, summariseLeaks } from '../bench/leaks/summarise.ts'

describe('leaks on generated traces', () => {
  const judged = judgeSeed(105, 5)

  it('warns of what leaks, and hardly ever of what does not', () => {
    expect(judgeBars(summariseLeaks(judged)).filter(({ held }) => !held)).toEqual([])
  })

  it('holds no bar for who warns of everything, or of nothing', () => {
    const all = judged.map((each) => ({ ...each, advisory: 0, incident: 0, verdict: 0 }))
    const none = judged.map((each) => ({ ...each, advisory: null, incident: null, verdict: null }))
    expect(judgeBars(summariseLeaks(all)).map(({ held }) => held)).toEqual([false, false, true, true])
    expect(judgeBars(summariseLeaks(none)).map(({ held }) => held)).toEqual([true, true, false, false])
  })
})
