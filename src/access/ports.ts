import type { TokenId } from '../domain/id.ts'

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
