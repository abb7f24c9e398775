/** Which generation of the protocol a server's process is spoken to in. */
import type { Era } from './process-key.ts'

export const ERAS = ['legacy', 'modern'] as const satisfies readonly Era[]

/**
 * `match`: that of the client, which loses least; the others: always this one. Where the server does not speak what is
 * wanted, it is spoken to in what it speaks.
 */
export const UPSTREAM_ERAS = ['match', 'modern', 'legacy'] as const
export type UpstreamEra = (typeof UPSTREAM_ERAS)[number]
