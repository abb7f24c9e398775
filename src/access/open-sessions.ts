import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import type { SessionId, UserId } from '../domain/id.ts'
import { startRepeating } from '../domain/repeat.ts'
import { createId } from '../system/random.ts'
import type { LoginSession, LoginSessions } from './ports.ts'
import { buildSessionCookie, parseSessionCookie } from './session-cookie.ts'

const HOUR_MS = 3_600_000
const IDLE_MS = 12 * HOUR_MS
const ABSOLUTE_MS = 7 * 24 * HOUR_MS
const SWEEP_MS = 30_000
/** Beyond these the one unused for longest ends. */
const MAX_PER_USER = 50
const MAX_USER_AGENT = 200

export type Browser = { readonly ip: string | null; readonly userAgent: string | null }

export interface Sessions {
  /** A new session; `cookie` is the Set-Cookie header that gives it to the browser, told here and never again. */
  open(userId: UserId, browser: Browser): Promise<{ readonly session: LoginSession; readonly cookie: string }>
  /** By a Cookie header; counts as use. */
  find(cookieHeader: string | undefined): LoginSession | null
  list(): readonly LoginSession[]
  /** Neither ended nor over. */
  isOpen(session: LoginSession): boolean
  /** Throws `session_not_found`. When it resolves the cookie opens nothing. */
  end(id: SessionId | string): Promise<void>
  /** Every session of one account, but for `except`. */
  endOf(userId: UserId, except?: SessionId): Promise<void>
  /** Fires with the session's id; its open streams end within 1 s. */
  onEnded(listener: (id: SessionId) => void): () => void
  close(): Promise<void>
}

/** Sessions in memory, read once, so that asking who somebody is touches no database; they outlive the daemon. */
export async function openSessions(store: LoginSessions, clock: Clock): Promise<Sessions> {
  const byHash = new Map<string, LoginSession>()
  const dirty = new Set<string>()
  const listeners = new Set<(id: SessionId) => void>()
  for (const session of await store.list()) byHash.set(session.hash, session)

  const isOver = ({ expiresAt, lastUsedAt }: LoginSession) => {
    const now = clock.now()
    return expiresAt <= now || lastUsedAt + IDLE_MS <= now
  }
  const drop = async (session: LoginSession) => {
    // Refused first: a store that fails must not keep an ended session alive in this run.
    byHash.delete(session.hash)
    dirty.delete(session.hash)
    for (const listener of listeners) listener(session.id)
    await store.remove(session.id)
  }
  const dropAll = async (sessions: readonly LoginSession[]) => {
    for (const session of sessions) await drop(session)
  }
  const listOf = (userId: UserId) => [...byHash.values()].filter((session) => session.userId === userId)
  const writeLastUsed = async () => {
    for (const hash of dirty) {
      const session = byHash.get(hash)
      // At worst the session ends for idleness a little early.
      if (session !== undefined) await store.update(session.id, session).catch(() => undefined)
    }
    dirty.clear()
  }
  const stopSweeping = startRepeating(clock, SWEEP_MS, async () => {
    await dropAll([...byHash.values()].filter(isOver)).catch(() => undefined)
    await writeLastUsed()
  })

  return {
    async open(userId, { ip, userAgent }) {
      const value = randomBytes(32).toString('base64url')
      const now = clock.now()
      const session: LoginSession = {
        id: createId('ses'),
        hash: hashOf(value),
        userId,
        createdAt: now,
        lastUsedAt: now,
        expiresAt: now + ABSOLUTE_MS,
        ip,
        userAgent: userAgent?.slice(0, MAX_USER_AGENT) ?? null,
      }
      const others = listOf(userId).toSorted((a, b) => a.lastUsedAt - b.lastUsedAt)
      await dropAll(others.slice(0, Math.max(0, others.length + 1 - MAX_PER_USER)))
      await store.create(session)
      byHash.set(session.hash, session)
      return { session, cookie: buildSessionCookie(value, ABSOLUTE_MS / 1000) }
    },
    find(cookieHeader) {
      const value = parseSessionCookie(cookieHeader)
      const found = value === null ? undefined : byHash.get(hashOf(value))
      if (found === undefined || isOver(found)) return null
      const used = { ...found, lastUsedAt: clock.now() }
      byHash.set(used.hash, used)
      dirty.add(used.hash)
      return used
    },
    list: () => [...byHash.values()].filter((session) => !isOver(session)),
    isOpen({ hash }) {
      const found = byHash.get(hash)
      return found !== undefined && !isOver(found)
    },
    async end(id) {
      const found = [...byHash.values()].find((session) => session.id === id)
      if (found === undefined) throw new AppError('session_not_found', `There is no session "${id}".`)
      await drop(found)
    },
    async endOf(userId, except) {
      await dropAll(listOf(userId).filter(({ id }) => id !== except))
    },
    onEnded(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      stopSweeping()
      await writeLastUsed()
    },
  }
}

/** A value of 256 random bits needs no slow hash. */
function hashOf(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}
