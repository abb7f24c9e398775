import { expect, it } from 'vitest'
import { decideMainEra } from './era.ts'

it('starts a server in the era that all clients know, unless it speaks or is set to the other', () => {
  expect(decideMainEra(['legacy', 'modern'], 'match')).toBe('legacy')
  expect(decideMainEra(['legacy', 'modern'], 'legacy')).toBe('legacy')
  expect(decideMainEra(['legacy', 'modern'], 'modern')).toBe('modern')
  expect(decideMainEra(['modern'], 'legacy')).toBe('modern')
  expect(decideMainEra(['legacy'], 'modern')).toBe('legacy')
  expect(decideMainEra(null, 'modern')).toBe('legacy')
})
