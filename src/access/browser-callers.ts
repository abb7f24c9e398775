import type { Principal } from '../domain/principal.ts'
import type { Accounts } from './open-accounts.ts'
import type { Sessions } from './open-sessions.ts'

/** Signed-in browsers as callers of hosted servers; each session is somebody of its own. */
export function createBrowserCallers(accounts: Accounts, sessions: Sessions) {
  const idOf = (userId: string, sessionId: string) => `user:${userId}/${sessionId}`
  /** Of those that came: what ended tells its own id alone. */
  const known = new Map<string, string>()
  const listeners = new Set<(principalId: string) => void>()
  sessions.onEnded((sessionId) => {
    const principalId = known.get(sessionId)
    known.delete(sessionId)
    if (principalId === undefined) return
    for (const listener of listeners) listener(principalId)
  })
  return {
    identify(cookie: string | undefined): Principal | null {
      const session = sessions.find(cookie)
      const person = session === null ? null : accounts.principalOf(session.userId)
      if (session === null || person === null) return null
      const id = idOf(session.userId, session.id)
      known.set(session.id, id)
      return { ...person, id }
    },
    onEnded(listener: (principalId: string) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
