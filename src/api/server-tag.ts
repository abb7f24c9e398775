import { createHmac } from 'node:crypto'
import type { Server } from '../domain/server.ts'

type Tagger = (server: Server) => string

/**
 * A strong ETag of what a PATCH changes, not of what runs: use and status move all the time. Keyed, since values of
 * variables are in it and a plain hash would let them be guessed. @param key unguessable, of this run
 */
export function createTagger(key: string): Tagger {
  return ({ id, activeVersion, overrides, lifetime }) => {
    const text = JSON.stringify([id, activeVersion, overrides, lifetime.expiresAt])
    return `"${createHmac('sha256', key).update(text).digest('base64url').slice(0, 22)}"`
  }
}

/** RFC 9110 §13.1.1: strong comparison with each of a list; `*` is any, absent asks nothing. */
export function buildPrecondition(ifMatch: string | null, tagOf: Tagger): (server: Server) => boolean {
  if (ifMatch === null || ifMatch.trim() === '*') return () => true
  const wanted = ifMatch.split(',').map((tag) => tag.trim())
  return (server) => wanted.includes(tagOf(server))
}
