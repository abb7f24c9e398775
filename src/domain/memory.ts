/** What the platform remembers: sentences with a category, a time and typed facts, found again by words. */
import type { JsonObject } from './json.ts'

export const CATEGORIES = [
  'infrastructure',
  'monitoring',
  'incidents',
  'optimization',
  'deployments',
  'runbooks',
  'security',
  'project',
  'conversation',
  'agent',
  'global',
  'rules',
  'patterns',
] as const
export type Category = (typeof CATEGORIES)[number]

/** In rising order; a memory only ever rises. */
export const CONFIDENTIALITY = ['normal', 'internal', 'confidential', 'pii'] as const
export type Confidentiality = (typeof CONFIDENTIALITY)[number]

/** In rising order; `severity` of a memory is its place in here, from 0. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

export type Memory = {
  /** A UUID, version 7. */
  readonly id: string
  readonly content: string
  readonly context: string
  readonly category: Category
  /** Finer than the category: `server.started`, `note`. */
  readonly kind: string
  /** The server's name when it was written. */
  readonly server: string | null
  /** The platform that wrote it. */
  readonly node: string
  /** A principal's id, or `platform`. */
  readonly actor: string
  readonly severity: Severity | null
  readonly confidentiality: Confidentiality
  /** From 0 to 1. */
  readonly importance: number
  /** Whether other platforms may ever get it. */
  readonly share: boolean
  readonly tags: readonly string[]
  readonly data: JsonObject
  /** How often the same happened. */
  readonly occurrences: number
  readonly createdAt: number
  readonly lastSeen: number
  readonly expiresAt: number | null
}

/** What the one that has the link is to the other: `a` caused_by `b`. */
export const LINKS = ['caused_by', 'fixed_by', 'supersedes', 'evidence_of'] as const
export type NewLink = { readonly rel: (typeof LINKS)[number]; readonly to: string }
/** A link to the newest memory of this kind with this tag, where there is one. */
export type Follows = { readonly rel: NewLink['rel']; readonly tag: string; readonly kind: string }
export type MemoryLink = {
  readonly rel: NewLink['rel']
  /** The other one has the link, to this one. */
  readonly isBack: boolean
  readonly id: string
  readonly kind: string
  readonly content: string
  readonly createdAt: number
}

export type NewMemory = Pick<Memory, 'content' | 'category' | 'kind' | 'actor'> & {
  readonly context?: string
  readonly server?: string | null
  readonly severity?: Severity | null
  readonly confidentiality?: Confidentiality
  readonly importance?: number
  readonly share?: boolean
  readonly tags?: readonly string[]
  readonly data?: JsonObject
  readonly expiresAt?: number | null
  readonly links?: readonly NewLink[]
  readonly follows?: readonly Follows[]
  /** A memory with the same one is not written again: it happened once more. */
  readonly fingerprint?: string | null
}

export type StoredMemory = {
  readonly id: string
  /** False: there was one with this fingerprint. */
  readonly created: boolean
  readonly occurrences: number
  readonly createdAt: number
}

/** Who looks: `confidential` and above is for whoever wrote it, and for administrators. */
export type Reader = { readonly id: string; readonly isAdmin: boolean }

export type MemoryFilter = {
  readonly category?: Category
  readonly kind?: string
  readonly server?: string
  /** Milliseconds since the epoch, of when it was last seen; both included. */
  readonly since?: number
  readonly until?: number
  /** All of them. */
  readonly tags?: readonly string[]
  readonly minSeverity?: Severity
  readonly ceiling: Confidentiality
  readonly reader: Reader
}

export type MemoryPage = { readonly limit: number; readonly offset: number }

export const MATCHES = ['id', 'server', 'tag', 'text', 'vector'] as const
export type FoundMemory = Memory & {
  /** From 0 to 1. */
  readonly score: number
  readonly matchedBy: readonly (typeof MATCHES)[number][]
}

export type SearchedMemories = {
  readonly items: readonly FoundMemory[]
  readonly total: number
  readonly rankedBy: RankedBy
}

/** Words always count; vectors where a model is configured and answers. */
export type RankedBy = {
  readonly vectors: boolean
  /** Why vectors do not count although they were asked for and are configured, as a sentence. */
  readonly note: string | null
}
export const BY_WORDS: RankedBy = { vectors: false, note: null }

export type MemoryStats = {
  readonly categories: readonly { readonly category: Category; readonly count: number }[]
  readonly nodes: readonly { readonly node: string; readonly count: number; readonly newestAt: number }[]
  readonly oldestAt: number | null
  readonly newestAt: number | null
}

export interface Memories {
  /** The platform that writes here. */
  readonly node: string
  store(memory: NewMemory): Promise<StoredMemory>
  /** Stores it, and hides those of this platform that it stands for, all or none: others get the one for the many. */
  replace(ids: readonly string[], by: NewMemory): Promise<StoredMemory>
  /** Removes what was hidden before this time. Returns how many. */
  removeHidden(kind: string, before: number): Promise<number>
  /** Best first; `total` counts what was ranked. */
  search(
    query: string,
    filter: MemoryFilter,
    page: MemoryPage,
    /** By what is meant too, where a model is configured. */
    isSemantic?: boolean,
  ): Promise<SearchedMemories>
  /** Newest first. */
  recent(
    filter: MemoryFilter,
    page: MemoryPage,
  ): Promise<{ readonly items: readonly Memory[]; readonly total: number }>
  /** The id of what this platform remembers of it; null: nothing (any more). */
  findOwn(fingerprint: string): Promise<string | null>
  /** Null: there is none, or this reader may not know of it. */
  find(id: string, ceiling: Confidentiality, reader: Reader): Promise<Memory | null>
  /** What it has to do with others, as far as this reader may know of them. */
  links(id: string, ceiling: Confidentiality, reader: Reader): Promise<readonly MemoryLink[]>
  stats(ceiling: Confidentiality, reader: Reader): Promise<MemoryStats>
  /** All that this reader may have, oldest first, in pieces. */
  export(ceiling: Confidentiality, reader: Reader): AsyncIterable<Memory>
  /** Those that are not there yet; of those that are, confidentiality may rise. */
  import(memories: readonly Memory[]): Promise<{ readonly added: number; readonly present: number }>
}

export const MAX_CONTENT_BYTES = 64 * 1024
export const MAX_TAGS = 32
export const MAX_TAG_LENGTH = 128
