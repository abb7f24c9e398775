import type { SessionId, TokenId, UserId } from '../domain/id.ts'
import type { Role } from '../domain/role.ts'

/** A token as kept: only the SHA-256 of its secret. Times in milliseconds since the epoch. */
export type TokenRecord = {
  readonly id: TokenId
  readonly name: string
  /** SHA-256, hex, of the whole token text. */
  readonly hash: string
  readonly grants: readonly string[]
  readonly createdAt: number
  readonly createdBy: string
  readonly expiresAt: number | null
  readonly lastUsedAt: number | null
}

/** Fulfilled by store/. Read at start, written when tokens change. */
export interface Tokens {
  list(): Promise<readonly TokenRecord[]>
  create(token: TokenRecord): Promise<void>
  update(id: TokenId, changes: Pick<TokenRecord, 'lastUsedAt'>): Promise<void>
  remove(id: TokenId): Promise<void>
}

/** Somebody at an identity provider: the pair is what stays the same. */
export type Identity = { readonly issuer: string; readonly subject: string }

/** A person's account. */
export type UserRecord = {
  readonly id: UserId
  /** Unique, lower case. */
  readonly name: string
  readonly role: Role
  /** argon2id in its usual text form; null for an account without a password, which signs in elsewhere. */
  readonly passwordHash: string | null
  readonly identity: Identity | null
  readonly createdAt: number
  readonly createdBy: string
  readonly lastLoginAt: number | null
}

/** Fulfilled by store/. Read at start, written when accounts change. */
export interface Users {
  list(): Promise<readonly UserRecord[]>
  /** Rejects when the name or the identity is taken. */
  create(user: UserRecord): Promise<void>
  update(
    id: UserId,
    changes: Partial<Pick<UserRecord, 'role' | 'passwordHash' | 'lastLoginAt' | 'identity'>>,
  ): Promise<void>
  /** Takes the account's sessions with it. */
  remove(id: UserId): Promise<void>
}

/** A browser that somebody signed in with: only the SHA-256 of its cookie. */
export type LoginSession = {
  readonly id: SessionId
  /** SHA-256, hex, of the cookie's value. */
  readonly hash: string
  readonly userId: UserId
  readonly createdAt: number
  readonly lastUsedAt: number
  /** Over at this time however busy it is. */
  readonly expiresAt: number
  readonly ip: string | null
  readonly userAgent: string | null
}

/** Fulfilled by store/. Read at start; survives restarts. */
export interface LoginSessions {
  list(): Promise<readonly LoginSession[]>
  create(session: LoginSession): Promise<void>
  update(id: SessionId, changes: Pick<LoginSession, 'lastUsedAt'>): Promise<void>
  remove(id: SessionId): Promise<void>
}

/** Where the setup code lies while it is valid. */
export interface SetupCodeFile {
  write(code: string): Promise<void>
  remove(): Promise<void>
}
