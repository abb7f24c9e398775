import { expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import type { HostingContext } from './context.ts'
import { listOwnTools } from './list-own-tools.ts'
import type { StartSubject } from './start-subject.ts'

it('says of a version that leaves tools/list open that it did not start, not that the platform broke', async () => {
  const clock = createFakeClock()
  const context = { clock, closing: new AbortController().signal } as unknown as HostingContext
  const subject = {
    listTools: (signal: AbortSignal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      }),
  } as unknown as StartSubject
  const listed = listOwnTools(context, 'mute', subject)
  setImmediate(() => clock.advance(30_000))
  await expect(listed).rejects.toMatchObject({
    code: 'start_failed',
    message: 'The server "mute" runs, but does not answer tools/list.',
  })
})
