import { expect, it } from 'vitest'
import { FIXTURE_CONFIG } from '../../../test/fakes/launch-spec.ts'
import { buildTraits } from './build-traits.ts'

it('says a deadline of calls only where the server has one of its own', () => {
  const build = (callTimeoutSeconds: number) =>
    buildTraits({ config: { ...FIXTURE_CONFIG, callTimeoutSeconds }, eras: ['legacy'] }, 16)
  expect(build(1.5).callTimeoutMs).toBe(1500)
  expect(build(0)).not.toHaveProperty('callTimeoutMs')
  expect(buildTraits(null, 16)).not.toHaveProperty('callTimeoutMs')
})
