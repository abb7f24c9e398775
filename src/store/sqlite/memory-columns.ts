/** Memories as rows, both ways. */
import { z } from 'zod'
import {
  CATEGORIES,
  CONFIDENTIALITY,
  SEVERITIES,
  type Memory,
  type MemoryFilter,
  type NewMemory,
} from '../../domain/memory.ts'
import { isJsonObject, type Json } from '../../domain/json.ts'
import { integer, jsonColumn, jsonObject } from './columns.ts'
import type { Parameters, Row } from './database.ts'

const row = z.object({
  id: z.string(),
  content: z.string(),
  context: z.string(),
  category: z.enum(CATEGORIES),
  kind: z.string(),
  server: z.string().nullable(),
  node_id: z.string(),
  actor: z.string(),
  created_at: integer,
  expires_at: integer.nullable(),
  severity: integer.nullable(),
  importance: z.number(),
  confidentiality: integer,
  share: integer,
  occurrences: integer,
  last_seen: integer,
  tags: z.string(),
  data: jsonColumn(jsonObject),
})

export function parseMemory(raw: Row): Memory {
  const { node_id, created_at, expires_at, last_seen, share, severity, tags, confidentiality, ...rest } =
    row.parse(raw)
  return {
    ...rest,
    node: node_id,
    createdAt: created_at,
    expiresAt: expires_at,
    lastSeen: last_seen,
    share: share === 1,
    severity: severity === null ? null : (SEVERITIES[severity] ?? null),
    // What this release does not know is held to be the most private.
    confidentiality: CONFIDENTIALITY[confidentiality] ?? 'pii',
    tags: tags === '' ? [] : tags.split(' '),
  }
}

/** Tags are one word each, so that they stand in one column. */
function cleanTags(tags: readonly string[]): readonly string[] {
  return [...new Set(tags.map((tag) => tag.trim().toLowerCase().replace(/\s+/g, '-')))].filter(
    (tag) => tag !== '',
  )
}

/** Text that every index can hold: whole characters, no NUL, and no secret that the platform knows. */
export function cleanMemory<M extends Pick<NewMemory, 'content' | 'context' | 'tags' | 'data'>>(
  memory: M,
  mask: (text: string) => string,
) {
  const clean = (text: string) => mask(text.toWellFormed().replaceAll('\0', '\u{fffd}'))
  const cleanJson = (value: Json): Json => {
    if (typeof value === 'string') return clean(value)
    if (Array.isArray(value)) return value.map(cleanJson)
    if (!isJsonObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [clean(key), cleanJson(inner)]))
  }
  return {
    ...memory,
    content: clean(memory.content),
    context: clean(memory.context ?? ''),
    tags: cleanTags((memory.tags ?? []).map(clean)),
    data: cleanJson(memory.data ?? {}),
  }
}

/** What may be seen at all and fits, over `memories m`. */
export function buildWhere(
  filter: MemoryFilter,
  now: number,
): { readonly sql: string; readonly parameters: Parameters } {
  const parts = [
    'm.deleted_at IS NULL',
    '(m.expires_at IS NULL OR m.expires_at > $now)',
    'm.confidentiality <= $ceiling',
    `(m.confidentiality < ${CONFIDENTIALITY.indexOf('confidential')} OR $admin = 1 OR m.actor = $reader)`,
  ]
  const parameters: Record<string, string | number> = {
    now,
    ceiling: CONFIDENTIALITY.indexOf(filter.ceiling),
    admin: filter.reader.isAdmin ? 1 : 0,
    reader: filter.reader.id,
  }
  const add = (sql: string, name: string, value: string | number | undefined) => {
    if (value === undefined) return
    parts.push(sql)
    parameters[name] = value
  }
  add('m.category = $category', 'category', filter.category)
  add('m.kind = $kind', 'kind', filter.kind)
  add('m.server = $server', 'server', filter.server)
  add('m.last_seen >= $since', 'since', filter.since)
  add('m.last_seen <= $until', 'until', filter.until)
  const { minSeverity } = filter
  add('m.severity >= $severity', 'severity', minSeverity && SEVERITIES.indexOf(minSeverity))
  for (const [at, tag] of cleanTags(filter.tags ?? []).entries()) {
    const name = `tag${at}`
    add(`EXISTS (SELECT 1 FROM memory_tags t WHERE t.tag = $${name} AND t.rid = m.rid)`, name, tag)
  }
  return { sql: parts.join(' AND '), parameters }
}
