/** What one platform tells another of its memories: as they now are, or that they are gone. Bounded, and never trusted. */
import { z } from 'zod'
import { CATEGORIES, MAX_TAG_LENGTH, MAX_TAGS, SEVERITIES, type Memory } from './memory.ts'

const node = z.string().regex(/^[\w.-]{1,128}$/)
const counter = z.int().min(0)
const time = z.int().min(0)

const sharedMemory = z.strictObject({
  content: z.string().max(65_536),
  context: z.string().max(8_192),
  category: z.enum(CATEGORIES),
  kind: z.string().min(1).max(64),
  server: z.string().max(63).nullable(),
  node,
  actor: z.string().max(256),
  severity: z.enum(SEVERITIES).nullable(),
  importance: z.number().min(0).max(1),
  tags: z.array(z.string().max(MAX_TAG_LENGTH * 4)).max(MAX_TAGS * 2),
  data: z
    .record(z.string().max(256), z.json())
    .refine((value) => JSON.stringify(value).length <= 65_536, 'is too large'),
  occurrences: z.int().min(1),
  created_at: time,
  last_seen: time,
  expires_at: time.nullable(),
})

const change = z.strictObject({
  origin: node.describe('Who put this change into its list'),
  seq: counter.describe('Its number there'),
  id: z.uuid(),
  writer: node.describe('Who wrote the memory last'),
  hlc: counter.describe('When, in the order of causes'),
  memory: sharedMemory.nullable().describe('Null: it is gone'),
})
export type MemoryChange = z.output<typeof change>

export const memoryChangesSchema = z.strictObject({
  node: node.describe('Who answers'),
  vector: z.record(node, counter).describe('How far each origin is known there'),
  changes: z.array(change).max(500),
  has_more: z.boolean(),
})
export type MemoryChanges = z.output<typeof memoryChangesSchema>

/** How far each origin is known: `node-a:12,node-b:5`. Null: it is none. */
export function parseVector(text: string): ReadonlyMap<string, number> | null {
  const vector = new Map<string, number>()
  for (const part of text === '' ? [] : text.split(',')) {
    const [, origin, seq] = /^([\w.-]{1,128}):(\d{1,15})$/.exec(part) ?? []
    if (origin === undefined || vector.size >= 256) return null
    vector.set(origin, Number(seq))
  }
  return vector
}

export function renderVector(vector: ReadonlyMap<string, number>): string {
  return [...vector].map(([origin, seq]) => `${origin}:${seq}`).join(',')
}

export function renderSharedMemory(memory: Memory): NonNullable<MemoryChange['memory']> {
  const { content, context, category, kind, server, node: from, actor, severity, importance } = memory
  return {
    content,
    context,
    category,
    kind,
    server,
    node: from,
    actor,
    severity,
    importance,
    tags: [...memory.tags],
    // As it came out of JSON.
    data: memory.data as NonNullable<MemoryChange['memory']>['data'],
    occurrences: memory.occurrences,
    created_at: memory.createdAt,
    last_seen: memory.lastSeen,
    expires_at: memory.expiresAt,
  }
}

/** Only `normal` ever leaves: what comes is that. */
export function parseSharedMemory(id: string, shared: NonNullable<MemoryChange['memory']>): Memory {
  const { created_at, last_seen, expires_at, ...rest } = shared
  return {
    ...rest,
    id,
    data: rest.data as Memory['data'],
    confidentiality: 'normal',
    share: true,
    createdAt: created_at,
    lastSeen: last_seen,
    expiresAt: expires_at,
  }
}

export interface MemoryExchange {
  readonly node: string
  /** How far each origin is known here, the own one included. */
  vector(): Promise<ReadonlyMap<string, number>>
  /** What is after `since`, in the order of each origin; nothing that comes from `reader`. */
  changes(since: ReadonlyMap<string, number>, max: number, reader: string | null): Promise<MemoryChanges>
  /** Takes what another has. Again and in any order it comes to the same. */
  merge(found: MemoryChanges): Promise<{ readonly taken: number; readonly refused: number }>
}
