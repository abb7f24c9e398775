/**
 * What a tool of plain text carries: one human sentence, and one line that programs read. Nothing else of what comes
 * back is ever more than data.
 */
import { decodeJson, isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import type { Memory } from '../domain/memory.ts'

const MARK = 'mcp-hosting/1 '
const MAX_LINE = 2_048
/** With the line below what a search of five brings back whole (B5). */
const MAX_SENTENCE = 1_900

export type Envelope = {
  readonly event_id: string
  readonly node: string
  readonly server: string | null
  readonly kind: string
  readonly ts: string
} & JsonObject

/** Numbers of a profile, and what else tells what it is of. */
export function buildEnvelope(memory: Memory): Envelope {
  const { id, node, server, kind, createdAt, data, category, tags } = memory
  const base = { event_id: id, node, server, kind, ts: new Date(createdAt).toISOString() }
  const numbers = Object.entries(data).filter(([, value]) => typeof value === 'number')
  const optional: readonly (readonly [string, Json | undefined])[] = [
    ['marker', category === 'optimization' ? category : undefined],
    ['profile', kind.startsWith('profile.') ? Object.fromEntries(numbers) : undefined],
    ['runtime', data['runtime']],
    ['class', data['class']],
    ['deps', data['deps']],
    ['tags', [...tags]],
  ]
  let envelope: Envelope = base
  for (const [name, value] of optional) {
    if (value === undefined || value === null) continue
    const more = { ...envelope, [name]: value }
    if (Buffer.byteLength(MARK + JSON.stringify(more)) <= MAX_LINE) envelope = more
  }
  return envelope
}

export function renderEnvelope(sentence: string, envelope: Envelope): string {
  return `${cutSentence(sentence)}\n\n${MARK}${JSON.stringify(envelope)}`
}

/** A line in somebody's text that looks like ours is none. */
export function cutSentence(text: string): string {
  const plain = text.replaceAll(/^mcp-hosting\//gm, "'mcp-hosting/")
  if (Buffer.byteLength(plain) <= MAX_SENTENCE) return plain
  return `${Buffer.from(plain).subarray(0, MAX_SENTENCE).toString('utf8').replaceAll('\u{fffd}', '')} …`
}

/** Null: it holds none. */
export function parseEnvelope(content: string): Envelope | null {
  const line = content.split('\n').findLast((text) => text.startsWith(MARK))
  if (line === undefined || line.length > MAX_LINE) return null
  const value = decodeJson(line.slice(MARK.length))
  if (!isJsonObject(value)) return null
  const { event_id, node, server, kind, ts } = value
  const isWhole = [event_id, node, kind, ts].every((one) => typeof one === 'string' && one.length <= 256)
  return isWhole && (server === null || typeof server === 'string') ? (value as Envelope) : null
}
