import { expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { AppError } from '../domain/error.ts'
import type { Logger } from '../system/log.ts'
import { createDefinitionGuard } from './definition-guard.ts'
import type { HeldDefinitions, UpstreamConnection } from './ports.ts'

/** Asked for its tools it says nothing until `fail`. */
function openGuard(mode: HeldDefinitions['mode']) {
  const clock = createFakeClock()
  const warned: string[] = []
  const quiet = () => undefined
  const logger: Logger = {
    debug: quiet,
    info: quiet,
    warn: (message) => void warned.push(message),
    error: (message) => void warned.push(message),
    child: () => logger,
  }
  const held: HeldDefinitions = {
    mode,
    load: async () => {},
    screen: (definitions) => definitions.map(() => true),
    decide: async () => {},
    isDisabled: () => false,
    isWithheld: () => false,
    onChanged: () => quiet,
    close: quiet,
  }
  const guard = createDefinitionGuard(held, { clock, logger, serverId: 'srv_1' })
  const asked: { fail(): void }[] = []
  const lane = {
    request: ({ onDone }: { readonly onDone: (outcome: object) => void }) => {
      const error = new AppError('not_ready', 'It was looked at.')
      asked.push({ fail: () => onDone({ kind: 'failed', error }) })
      return { cancel: quiet, promote: quiet }
    },
  } as never
  const connection = { initializeResult: { capabilities: { tools: {} } } } as unknown as UpstreamConnection
  const begun = guard.begin(connection, lane, quiet)
  return { guard, clock, warned, asked, begun }
}

it('says nothing of a look that its own end cut short, and looks no more', async () => {
  const { guard, clock, warned, asked, begun } = openGuard('block')
  await Promise.resolve()
  expect(asked).toHaveLength(1)
  guard.close()
  asked[0]?.fail()
  await begun
  clock.advance(120_000)
  guard.look()
  expect(warned).toEqual([])
  expect(asked).toHaveLength(1)
})

it('tells of a look that failed, and one that is held strictly is looked at again', async () => {
  const { clock, warned, asked, begun } = openGuard('block')
  await Promise.resolve()
  asked[0]?.fail()
  await begun
  expect(warned).toEqual(['the definitions of a server could not be read'])
  clock.advance(30_000)
  await Promise.resolve()
  expect(asked).toHaveLength(2)
})
