/** What the key of a process says about whom it serves and what it shows. */
import type { ProcessKey } from '../domain/process-key.ts'
import type { ServerTraits } from '../domain/server-traits.ts'

/** The session begins when its process is there. */
export function isOfSession({ owner }: ProcessKey, { instances }: ServerTraits): boolean {
  return owner !== null && instances === 'per_session'
}

/** Processes of one kind define the same: what tells kinds apart is the era, and what the clients can do. */
export function readFacet({ era, capabilities }: ProcessKey, { eras }: ServerTraits): string {
  const isMain = capabilities === '' && (era === 'legacy' || !eras.includes('legacy'))
  return isMain ? '' : `${era} ${capabilities}`
}
