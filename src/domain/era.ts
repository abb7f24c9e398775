/** Which generation of the protocol a server's process is spoken to in. */
import type { Era, ProcessKey } from './process-key.ts'

/** The revision without a handshake; everything before has one. */
export const MODERN_VERSION = '2026-07-28'

export const ERAS = ['legacy', 'modern'] as const satisfies readonly Era[]

/**
 * `match`: that of the client, which loses least; the others: always this one. Where the server does not speak what is
 * wanted, it is spoken to in what it speaks.
 */
export const UPSTREAM_ERAS = ['match', 'modern', 'legacy'] as const
export type UpstreamEra = (typeof UPSTREAM_ERAS)[number]

/**
 * Of the process that `start` and health speak of: a server of both eras is started in the one that all clients know.
 * @param spoken what it was seen to speak; null while that is not known for sure: then `initialize` is tried, since every
 * server there is answers or refuses it
 */
export function decideMainEra(spoken: readonly Era[] | null, setting: UpstreamEra): Era {
  const known = spoken ?? ['legacy']
  const wanted = setting === 'modern' ? 'modern' : 'legacy'
  return known.includes(wanted) ? wanted : (known[0] ?? 'legacy')
}

/** The process for what this one was for, of a server that does not speak its era. */
export function toSpoken(key: ProcessKey, spoken: readonly Era[] | null): ProcessKey {
  if (spoken === null || spoken.includes(key.era)) return key
  const era = spoken[0] ?? 'legacy'
  return { ...key, era, capabilities: era === 'modern' ? '' : key.capabilities }
}
