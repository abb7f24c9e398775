/** What a version is to its server, and which one it goes back to. Pure. */
import type { Server, Version } from './server.ts'

/**
 * `active` serves, or would; `previous` is what a rollback goes back to; `failed` was left again by the platform;
 * `held` waits for an approval; `kept` is there.
 */
export const STANDINGS = ['active', 'previous', 'failed', 'held', 'kept'] as const
export type Standing = (typeof STANDINGS)[number]

type Known = Pick<Version, 'id' | 'number' | 'failure' | 'review'>

/** The newest one before the active one that did not fail and is not held. @param newestFirst of one server */
export function findPrevious<V extends Known>(
  { activeVersion }: Pick<Server, 'activeVersion'>,
  newestFirst: readonly V[],
): V | null {
  const active = newestFirst.find(({ id }) => id === activeVersion)
  if (active === undefined) return null
  return newestFirst.find((version) => version.number < active.number && isFit(version)) ?? null
}

export function isFit({ failure, review }: Pick<Version, 'failure' | 'review'>): boolean {
  return failure === null && review?.state !== 'pending'
}

export function decideStanding<V extends Known>(
  server: Pick<Server, 'activeVersion'>,
  version: V,
  newestFirst: readonly V[],
): Standing {
  if (version.id === server.activeVersion) return 'active'
  if (version.failure !== null) return 'failed'
  if (version.review?.state === 'pending') return 'held'
  return findPrevious(server, newestFirst)?.id === version.id ? 'previous' : 'kept'
}
