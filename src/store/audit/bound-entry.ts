import type { AuditEntry } from '../../domain/audit.ts'
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts'

const MAX_TEXT = 256
const MAX_DETAILS = 8 * 1024

/** Names come from strangers: cut to what a record holds, and without the lone surrogates that have no canonical text. */
export function boundEntry(entry: AuditEntry): AuditEntry {
  const details = makeWellFormed(entry.details) as JsonObject
  const size = JSON.stringify(details).length
  return {
    ...entry,
    actor: cut(entry.actor),
    action: cut(entry.action),
    resource: entry.resource === null ? null : cut(entry.resource),
    details: size > MAX_DETAILS ? { omitted_characters: size } : details,
  }
}

function cut(text: string): string {
  return text.slice(0, MAX_TEXT).toWellFormed()
}

function makeWellFormed(value: Json): Json {
  if (typeof value === 'string') return value.toWellFormed()
  if (isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key.toWellFormed(), makeWellFormed(member)]),
    )
  }
  return Array.isArray(value) ? (value as readonly Json[]).map(makeWellFormed) : value
}
