import { timingSafeEqual } from 'node:crypto'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import type { EventSink } from '../domain/event.ts'
import { isGrant, type Principal } from '../domain/principal.ts'
import { startRepeating } from '../domain/repeat.ts'
import { createId } from '../system/random.ts'
import type { TokenRecord, Tokens } from './ports.ts'
import { createTokenText, hashToken, parseTokenText } from './token-text.ts'

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 90
/** How often last-used times are written and expired tokens' streams ended. */
const SWEEP_MS = 30_000
const LOCAL_ID = 'local'
const BEARER = /^bearer +(\S{1,200})$/i

type TokenRequest = {
  readonly name: string
  readonly grants: readonly string[]
  /** Undefined: 90 days. Null: never. */
  readonly expiresInDays: number | null | undefined
}

export interface ApiTokens {
  /**
   * Null when the header is absent, malformed, unknown, expired or revoked. In memory: no database on the way.
   * @param connection what sent it: the same header over the same connection is not hashed again, only looked up.
   */
  authenticate(authorization: string | undefined, connection?: object): Principal | null
  /** Neither revoked nor expired. */
  isLive(principalId: string): boolean
  /** Fires with the principal's id when it stops being valid. */
  onRevoked(listener: (principalId: string) => void): () => void
  listTokens(): readonly TokenRecord[]
  /** The text is given out here and never again. Throws `invalid_request` for an unknown scope. */
  createToken(
    request: TokenRequest,
    by: Principal,
  ): Promise<{ readonly record: TokenRecord; readonly text: string }>
  /** Throws `token_not_found`. When it resolves the token is refused everywhere. */
  revokeToken(id: string, by: Principal): Promise<void>
  /** A new token for the owner of the data directory, valid for this run of the daemon only; see write-cli-token.ts. */
  createLocalToken(): string
  close(): Promise<void>
}

type Known = {
  readonly record: TokenRecord
  readonly principal: Principal
  lastUsedAt: number | null
  /** `lastUsedAt` is newer than the store's. */
  isDirty: boolean
  isRevoked: boolean
}

const remember = (record: TokenRecord): Known => ({
  record,
  principal: { id: `token:${record.id}`, kind: 'token', name: record.name, grants: record.grants },
  lastUsedAt: record.lastUsedAt,
  isDirty: false,
  isRevoked: false,
})

/** Tokens in memory, read once: asking who somebody is touches no database. */
export async function openApiTokens(deps: {
  readonly tokens: Tokens
  readonly clock: Clock
  readonly events: EventSink
}): Promise<ApiTokens> {
  const { tokens, clock, events } = deps
  const known = new Map<string, Known>()
  const listeners = new Set<(principalId: string) => void>()
  /** For as long as the connection is there; whether the token still lives is asked each time. */
  const proved = new WeakMap<object, { readonly authorization: string; readonly found: Known }>()
  let local: { readonly hash: string; readonly principal: Principal } | null = null
  for (const record of await tokens.list()) known.set(keyOf(record.id), remember(record))

  const isExpired = ({ expiresAt }: TokenRecord) => expiresAt !== null && expiresAt <= clock.now()

  const isLive = ({ isRevoked, record }: Known) => !isRevoked && !isExpired(record)

  const use = (found: Known): Principal => {
    found.lastUsedAt = clock.now()
    found.isDirty = true
    return found.principal
  }

  const endStreams = (principalId: string) => {
    for (const listener of listeners) listener(principalId)
  }

  const writeLastUsed = async () => {
    for (const token of known.values()) {
      if (!token.isDirty) continue
      token.isDirty = false
      // A display value: losing one is no reason to fail anything.
      await tokens.update(token.record.id, { lastUsedAt: token.lastUsedAt }).catch(() => undefined)
    }
  }

  const stopSweeping = startRepeating(clock, SWEEP_MS, () => {
    for (const { record, principal } of known.values()) if (isExpired(record)) endStreams(principal.id)
    return writeLastUsed()
  })

  return {
    authenticate(authorization, connection) {
      if (authorization === undefined) return null
      const before = connection === undefined ? undefined : proved.get(connection)
      if (before !== undefined && before.authorization === authorization && isLive(before.found)) {
        return use(before.found)
      }
      const text = BEARER.exec(authorization)?.[1]
      const id = text === undefined ? null : parseTokenText(text)
      if (text === undefined || id === null) return null
      const hash = hashToken(text)
      if (id === LOCAL_ID) return local !== null && isSame(local.hash, hash) ? local.principal : null
      const found = known.get(id)
      if (found === undefined || !isSame(found.record.hash, hash) || isExpired(found.record)) return null
      if (connection !== undefined) proved.set(connection, { authorization, found })
      return use(found)
    },
    isLive(principalId) {
      if (principalId === LOCAL_ID) return local !== null
      const found = known.get(keyOf(principalId.replace(/^token:/, '')))
      return found !== undefined && found.principal.id === principalId && !isExpired(found.record)
    },
    onRevoked(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    listTokens: () => [...known.values()].map(({ record, lastUsedAt }) => ({ ...record, lastUsedAt })),
    async createToken({ name, grants, expiresInDays }, by) {
      const wrong = grants.find((grant) => !isGrant(grant))
      if (wrong !== undefined || grants.length === 0) {
        throw new AppError(
          'invalid_request',
          wrong === undefined ? 'A token needs a scope.' : `"${wrong}" is not a scope.`,
        )
      }
      const id = createId('tok')
      const text = createTokenText(keyOf(id))
      const now = clock.now()
      const days = expiresInDays === undefined ? DEFAULT_DAYS : expiresInDays
      const record: TokenRecord = {
        id,
        name,
        hash: hashToken(text),
        grants: [...new Set(grants)],
        createdAt: now,
        createdBy: by.id,
        expiresAt: days === null ? null : Math.round(now + days * DAY_MS),
        lastUsedAt: null,
      }
      await tokens.create(record)
      known.set(keyOf(id), remember(record))
      events.emit({ type: 'token.created', tokenId: id, name, grants: record.grants }, by.id)
      return { record, text }
    },
    async revokeToken(id, by) {
      const found = known.get(keyOf(id))
      if (found === undefined || found.record.id !== id) {
        throw new AppError('token_not_found', `There is no token "${id}".`)
      }
      // Refused first: a store that fails must not keep a revoked token alive in this run.
      known.delete(keyOf(id))
      found.isRevoked = true
      endStreams(found.principal.id)
      await tokens.remove(found.record.id)
      events.emit({ type: 'token.revoked', tokenId: found.record.id, name: found.record.name }, by.id)
    },
    createLocalToken() {
      const text = createTokenText(LOCAL_ID)
      local = {
        hash: hashToken(text),
        principal: { id: LOCAL_ID, kind: 'local', name: LOCAL_ID, grants: ['admin', 'mcp:call'] },
      }
      return text
    },
    async close() {
      stopSweeping()
      await writeLastUsed()
    },
  }
}

/** The id without its prefix: what stands in the token. */
function keyOf(id: string): string {
  return id.replace(/^tok_/, '')
}

/** Both are hashes in hex: of one length, and one byte a character. */
function isSame(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(left, 'latin1'), Buffer.from(right, 'latin1'))
}
