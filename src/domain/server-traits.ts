/** What the gateway must know of a server before it picks a process for a request. */
import type { Era } from './process-key.ts'

/** Who shares a process: everybody, each principal, each session, or a pool of so many. */
export type Instances = 'shared' | 'per_principal' | 'per_session' | { readonly pool: number }

export type ServerTraits = {
  readonly instances: Instances
  /** Which its active version speaks; at least one. */
  readonly eras: readonly Era[]
  /** Of a server that speaks both: the client's own, or always the same. */
  readonly upstreamEra: 'match' | Era
  /** What a session finds whose process was lost: another process, or that it is gone. */
  readonly onSessionLoss: 'resume' | '404'
}
