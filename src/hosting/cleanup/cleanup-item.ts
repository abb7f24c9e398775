/** What a clean-up knows and what it would remove: data alone, so that looking and doing share one list. */
import type { ServerId, VersionId } from '../../domain/id.ts'
import type { NextStep } from './decide-lifetime.ts'

export const CLEANUP_KINDS = [
  'upload',
  'staging',
  'tree',
  'cache',
  'version',
  'log',
  'stray',
  'records',
  'server',
  'archive',
] as const
/** What is done about an item; ids and names of the platform's own. */
export type CleanupTarget =
  | { readonly kind: 'upload' | 'staging' | 'tree' | 'cache'; readonly name: string }
  | { readonly kind: 'version'; readonly versionId: VersionId; readonly treeHash: string }
  | { readonly kind: 'log'; readonly serverId: ServerId; readonly before: number }
  | { readonly kind: 'stray'; readonly serverId: ServerId }
  | { readonly kind: 'records'; readonly name: string }
  | { readonly kind: 'server' | 'archive'; readonly serverId: ServerId }

export type CleanupItem = {
  readonly target: CleanupTarget
  /** For people. */
  readonly what: string
  /** One sentence. */
  readonly why: string
  /** What is expected to come free. */
  readonly bytes: number
  /** When it was last used or written, milliseconds since the epoch; null where that says nothing. */
  readonly at: number | null
}

export type LeftoverFact = {
  readonly kind: 'upload' | 'staging' | 'tree' | 'cache'
  readonly name: string
  readonly bytes: number
  readonly at: number
}

export type VersionFact = {
  readonly id: VersionId
  readonly number: number
  readonly treeHash: string
  readonly createdAt: number
  /** Something would miss it: it is active, the way back, part of an operation under way, or runs. */
  readonly isReferenced: boolean
  /** What goes back to the disk with it; 0 while another version has the same tree. */
  readonly bytes: number
}

export type ServerFact = {
  readonly id: ServerId
  readonly name: string
  /** Newest first. */
  readonly versions: readonly VersionFact[]
  /** Log files that are older than the policy keeps them. */
  /** What is to become of it next; null: it stays. */
  readonly next: NextStep | null
  readonly oldLogs: { readonly files: number; readonly bytes: number; readonly at: number } | null
}

export type CleanupFacts = {
  readonly leftovers: readonly LeftoverFact[]
  readonly servers: readonly ServerFact[]
  /** Files of servers that are gone. */
  readonly strays: readonly { readonly serverId: ServerId; readonly bytes: number }[]
  readonly archived: readonly {
    readonly id: ServerId
    readonly name: string
    readonly next: NextStep | null
    readonly bytes: number
  }[]
  readonly records: readonly { readonly name: string; readonly count: number; readonly days: number }[]
}

export type CleanupPolicy = {
  /** Versions of a server that are kept beside those that something needs. */
  readonly keepVersions: number
  readonly cacheDays: number
  readonly logDays: number
  /** A server that has been `failed` for longer is archived; null: never. */
  readonly failedAfterDays: number | null
  /** So long an archived server can be restored. */
  readonly graceDays: number
}
