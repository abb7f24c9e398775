import { expect, it } from 'vitest'
import { createMovableClock } from '../../../test/fakes/clock.ts'
import { createFakeProcess } from '../../../test/fakes/fake-process.ts'
import { FAKE_PROGRAMS } from '../../../test/fakes/fake-programs.ts'
import type { Instance } from '../ports.ts'
import { converse } from './converse.ts'

async function talk(fixture: string) {
  const clock = createMovableClock()
  const process = createFakeProcess(FAKE_PROGRAMS[fixture] ?? {}, 1, clock)
  const instance = { ...process.attach(), ended: process.ended } as unknown as Instance
  const talking = converse(instance, { clock, platformVersion: '1' }, 10, new AbortController().signal)
  await clock.advance(0)
  return talking
}

it.each(['echo', 'modern-only'])('hears of %s what a client would be told first', async (fixture) => {
  const { outcome, definitions, said } = await talk(fixture)
  expect([outcome, definitions.map(({ name }) => name)]).toEqual(['answered', ['echo']])
  expect(said).toContain('"name":"fixture"')
})

it('tells of one that speaks neither why it was refused', async () => {
  expect(await talk('speaks-only-2099')).toMatchObject({
    outcome: 'refused',
    detail: expect.stringContaining('It speaks only MCP 2099-01-01') as string,
  })
})
