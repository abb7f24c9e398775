import { expect, it } from 'vitest'
import { limitStages } from './stage-limits.ts'

it('U-11: knows how long each stage takes at most, by the deadlines that end it and by what the version says', () => {
  expect(limitStages({ scan: 60, install: 600, dryRun: 10 }, 120)).toEqual({
    receive: null,
    validate: 125,
    scan: 185,
    unpack: 125,
    install: 605,
    start: 255,
    verify: 40,
  })
  expect(limitStages({ scan: 1, install: 2, dryRun: 60 }, null).start).toBe(95)
})
