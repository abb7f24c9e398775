import type { ServerTraits } from '../../src/domain/server-traits.ts'

/** A server of earlier revisions with one process for each kind of client. */
export const SHARED: ServerTraits = {
  instances: 'shared',
  eras: ['legacy'],
  upstreamEra: 'match',
  onSessionLoss: 'resume',
}
