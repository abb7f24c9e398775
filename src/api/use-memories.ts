/** What tools and routes do with memories: from outward names to the domain's, and back. */
import { AppError } from '../domain/error.ts'
import {
  CATEGORIES,
  CONFIDENTIALITY,
  type Category,
  type Confidentiality,
  type FoundMemory,
  type Memories,
  type Memory,
  type MemoryFilter,
  type MemoryPage,
  type MemoryStats,
  type NewMemory,
  type RankedBy,
  type Reader,
  type StoredMemory,
} from '../domain/memory.ts'
import type { EmbeddingStatus } from '../domain/meaning.ts'
import type { PeerStatus, Recalled } from '../domain/memory-peers.ts'
import { isAllowed, type Principal } from '../domain/principal.ts'
import { renderTime, renderTimeOrNull } from './schema/common.ts'
import type {
  ImportedMemory,
  LinkedMemoryJson,
  MemoryInput,
  MemoryJson,
  MemoryListJson,
  MemoryStatsJson,
  MemoryStoredJson,
  RecalledJson,
} from './schema/memory.ts'

/** Characters of what a link leads to. */
const LINK_CONTENT = 200

export function readerOf(principal: Principal): Reader {
  return { id: principal.id, isAdmin: isAllowed(principal, 'admin') }
}

type Filters = {
  readonly category?: Category | undefined
  readonly kind?: string | undefined
  readonly server?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly tags?: readonly string[]
  readonly min_severity?: MemoryFilter['minSeverity'] | undefined
  readonly max_confidentiality_level: Confidentiality
}

export function buildFilter(filters: Filters, principal: Principal): MemoryFilter {
  const { category, kind, server, since, until, tags = [], min_severity } = filters
  return {
    tags,
    ceiling: filters.max_confidentiality_level,
    reader: readerOf(principal),
    ...(category === undefined ? {} : { category }),
    ...(kind === undefined ? {} : { kind }),
    ...(server === undefined ? {} : { server }),
    ...(since === undefined ? {} : { since: Date.parse(since) }),
    ...(until === undefined ? {} : { until: Date.parse(until) }),
    ...(min_severity === undefined ? {} : { minSeverity: min_severity }),
  }
}

function buildMemory(input: MemoryInput, principal: Principal): NewMemory {
  const { category, scope, user_id, share_with, exclude_from, sensitive } = input
  const isKnown = (CATEGORIES as readonly string[]).includes(category)
  if (!isKnown && !input.category_fallback) {
    throw new AppError('invalid_request', `category: there is no "${category}".`, {
      hint: `Use one of ${CATEGORIES.join(', ')}; or category_fallback, which makes it "global".`,
    })
  }
  const level = input.confidentiality_level
  const isRaised = sensitive && CONFIDENTIALITY.indexOf(level) < CONFIDENTIALITY.indexOf('confidential')
  const asked = {
    ...(user_id === undefined ? {} : { user_id }),
    ...(scope === 'project-shared' ? {} : { scope }),
    ...(share_with.length === 0 ? {} : { share_with }),
    ...(exclude_from.length === 0 ? {} : { exclude_from }),
  }
  return {
    content: input.content,
    category: isKnown ? (category as Category) : 'global',
    kind: input.kind,
    actor: principal.id,
    context: input.context,
    tags: input.tags,
    links: input.links,
    data: { ...input.metadata, ...asked },
    confidentiality: isRaised ? 'confidential' : level,
    // Who may have it elsewhere cannot be narrowed here: what is not for everybody stays.
    share: input.share && scope.endsWith('shared') && share_with.length === 0 && exclude_from.length === 0,
    ...(input.server === undefined ? {} : { server: input.server }),
    ...(input.severity === undefined ? {} : { severity: input.severity }),
    ...(input.expires_at === undefined ? {} : { expiresAt: Date.parse(input.expires_at) }),
    // One caller's keys are no other's.
    ...(input.dedupe_key === undefined ? {} : { fingerprint: `key:${principal.id}:${input.dedupe_key}` }),
  }
}

/** Throws `memory_not_found` for a link to what this caller may not know of. */
export async function storeMemory(
  memories: Pick<Memories, 'find' | 'store'>,
  input: MemoryInput,
  principal: Principal,
): Promise<StoredMemory> {
  const memory = buildMemory(input, principal)
  for (const { to } of input.links) {
    if ((await memories.find(to, 'pii', readerOf(principal))) === null) throw buildAbsent(to)
  }
  return memories.store(memory)
}

/** Throws `memory_not_found`. */
export async function findMemory(
  memories: Pick<Memories, 'find' | 'links'>,
  id: string,
  ceiling: Confidentiality,
  principal: Principal,
): Promise<LinkedMemoryJson> {
  const reader = readerOf(principal)
  const found = await memories.find(id, ceiling, reader)
  if (found === null) throw buildAbsent(id)
  const links = await memories.links(id, ceiling, reader)
  return {
    ...renderMemory(found),
    links: links.map(({ isBack, createdAt, content, ...rest }) => ({
      ...rest,
      direction: isBack ? 'in' : 'out',
      content: content.slice(0, LINK_CONTENT).toWellFormed(),
      created_at: renderTime(createdAt),
    })),
  }
}

export function renderStored({ createdAt, ...rest }: StoredMemory): MemoryStoredJson {
  return { ...rest, created_at: renderTime(createdAt) }
}

export function renderMemory(memory: Memory | FoundMemory): MemoryJson {
  const { id, content, category, context, data, kind, server, node, actor, tags, severity } = memory
  return {
    id,
    content,
    category,
    context,
    metadata: data,
    created_at: renderTime(memory.createdAt),
    last_seen_at: renderTime(memory.lastSeen),
    expires_at: renderTimeOrNull(memory.expiresAt),
    kind,
    server,
    node,
    actor,
    tags: [...tags],
    severity,
    confidentiality_level: memory.confidentiality,
    importance: memory.importance,
    share: memory.share,
    occurrences: memory.occurrences,
    ...('score' in memory ? { score: memory.score, matched_by: [...memory.matchedBy] } : {}),
  }
}

export function parseImported(memory: ImportedMemory): Memory {
  const { metadata, created_at, last_seen_at, expires_at, confidentiality_level, ...rest } = memory
  return {
    ...rest,
    data: metadata,
    createdAt: Date.parse(created_at),
    lastSeen: Date.parse(last_seen_at),
    expiresAt: expires_at === null ? null : Date.parse(expires_at),
    confidentiality: confidentiality_level,
  }
}

export function renderList(
  found: {
    readonly items: readonly (Memory | FoundMemory)[]
    readonly total: number
    /** Absent: by time. */
    readonly rankedBy?: RankedBy
  },
  { limit, offset }: MemoryPage,
): MemoryListJson {
  const { items, total, rankedBy } = found
  return {
    memories: items.map(renderMemory),
    pagination: { total, limit, offset, has_more: offset + items.length < total },
    search: rankedBy?.vectors === true ? 'hybrid' : 'text',
    ranked_by: rankedBy === undefined ? ['time'] : rankedBy.vectors ? ['words', 'vectors'] : ['words'],
    note: rankedBy?.note ?? null,
  }
}

export function renderStats(
  { categories, nodes, oldestAt, newestAt }: MemoryStats,
  peers: readonly PeerStatus[],
  embeddings: EmbeddingStatus | null,
): MemoryStatsJson {
  return {
    categories: Object.fromEntries(
      categories.map(({ category, count }) => [category, { count, name: `${category}_memories` }]),
    ),
    total: categories.reduce((sum, { count }) => sum + count, 0),
    oldest_at: renderTimeOrNull(oldestAt),
    newest_at: renderTimeOrNull(newestAt),
    peers: peers.map(({ name, transport, isReachable, problem, waiting, sent, dropped }) => ({
      name,
      transport,
      reachable: isReachable,
      problem,
      waiting,
      sent,
      dropped,
    })),
    search: embeddings === null ? 'text' : 'hybrid',
    embeddings,
    sources: nodes.map(({ node, count, newestAt: newest }) => ({
      machine_id: node,
      memories: count,
      newest_at: renderTime(newest),
    })),
  }
}

function buildAbsent(id: string): AppError {
  return new AppError('memory_not_found', `Memory not found: "${id.slice(0, 64)}".`)
}

export function renderRecalled(found: readonly Recalled[]): RecalledJson {
  return {
    memories: found.map(({ peer, content, category, createdAt, envelope }) => ({
      peer,
      content,
      category,
      created_at: createdAt,
      envelope,
    })),
  }
}
