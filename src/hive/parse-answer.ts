/** What a text of a hAIveMind means: success and failure look alike (B3). */
import { decodeJson, isJsonObject, isNestedBeyond, type Json } from '../domain/json.ts'
import type { Answer } from './session.ts'

export type Outcome = 'done' | { readonly refused: string } | { readonly lost: string }

const STORED = /^Memory stored with ID: [0-9a-f-]{36}\s*$/i
const NAMES = ['memory_id', 'message_id', 'agent_id'] as const
const MAX_DEPTH = 64
const MAX_WHY = 200

export function parseOutcome(answer: Answer): Outcome {
  if (answer.kind === 'lost') return { lost: answer.why }
  const { text, isError } = answer
  if (isError || /^Error\b/i.test(text)) return { refused: text.slice(0, MAX_WHY) }
  if (STORED.test(text)) return 'done'
  const value = parseJson(text)
  if (isJsonObject(value)) {
    if (NAMES.some((name) => typeof value[name] === 'string')) return 'done'
    if (typeof value['error'] === 'string') return { refused: value['error'].slice(0, MAX_WHY) }
  }
  // Neither word that is known: it may have been done.
  return { lost: `answered what means nothing: ${JSON.stringify(text.slice(0, 80))}` }
}

export type HiveMemory = {
  readonly content: string
  readonly category: string
  readonly createdAt: string | null
}

/** Null: no list, perhaps cut in the middle (B5). The remote and the stdio form. */
export function parseFound(text: string): readonly HiveMemory[] | null {
  const value = parseJson(text)
  if (!isJsonObject(value)) return null
  const list = value['memories'] ?? value['data']
  if (!Array.isArray(list)) return null
  return list.flatMap((one: Json) => {
    if (!isJsonObject(one) || typeof one['content'] !== 'string') return []
    const { content, category, created_at } = one
    return [
      {
        content,
        category: typeof category === 'string' ? category : 'global',
        createdAt: typeof created_at === 'string' ? created_at.slice(0, 64) : null,
      },
    ]
  })
}

function parseJson(text: string): Json | undefined {
  return isNestedBeyond(text, MAX_DEPTH) ? undefined : decodeJson(text)
}
