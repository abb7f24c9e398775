import type { Hosting } from '../hosting/hosting.ts'
import type { Logger } from '../system/log.ts'

/** What could not be removed is in the log; it is tried again at the next clean-up. */
export async function cleanUpByTimer(
  hosting: Hosting,
  store: { compact(): void },
  logger: Logger,
): Promise<void> {
  const { items } = await hosting.cleanUp({ id: 'platform' })
  for (const { what, error } of items) {
    if (error !== null) logger.warn('a clean-up could not remove something', { what, error })
  }
  store.compact()
}
