/**
 * Clients' answers to what a server asked, checked in shape before the server gets them: it asked for one kind of
 * result and has to be able to rely on it. What it does not know, a result may hold beyond that.
 */
import { z } from 'zod'
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import { wantsTools } from '../push-fault.ts'
import type { InputRequest } from './input-request.ts'

const elicited = z.looseObject({
  action: z.enum(['accept', 'decline', 'cancel']),
  content: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
    .nullish(),
})

const text = z.looseObject({ type: z.literal('text'), text: z.string() })
const media = z.looseObject({ type: z.enum(['image', 'audio']), data: z.string(), mimeType: z.string() })
const toolUse = z.looseObject({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: z.looseObject({}),
})
const toolResult = z.looseObject({
  type: z.literal('tool_result'),
  toolUseId: z.string(),
  content: z.array(z.looseObject({ type: z.string() })),
})
const block = z.union([text, media, toolUse, toolResult])
const sampled = z.looseObject({
  role: z.enum(['user', 'assistant']),
  content: z.union([block, z.array(block).max(1000)]),
  model: z.string(),
  stopReason: z.string().optional(),
})

const listed = z.looseObject({
  roots: z
    .array(z.looseObject({ uri: z.string().startsWith('file://'), name: z.string().optional() }))
    .max(10_000),
})

const SHAPES = {
  'elicitation/create': elicited,
  'sampling/createMessage': sampled,
  'roots/list': listed,
} as const

/** The result for the server that asked `request`; null when the answer is of another shape (R74). */
export function parseInputResponse(request: InputRequest, answer: unknown): JsonObject | null {
  const shape = SHAPES[request.method]
  if (!isJsonObject(answer) || !shape.safeParse(answer).success) return null
  // Words of 2026-07-28 that no earlier server knows.
  const { resultType: _, content, ...rest } = answer
  if (content === undefined || content === null) return rest
  return { ...rest, content: unwrap(request, content) }
}

/** Before sampling knew tools, a message had one block; now a client may send a list of one. */
function unwrap(request: InputRequest, content: JsonObject[string]): JsonObject[string] {
  const [first] = Array.isArray(content) ? content : []
  const isSingle = Array.isArray(content) && content.length === 1 && first !== undefined
  const isPlain = request.method === 'sampling/createMessage' && !wantsTools(request.params)
  return isSingle && isPlain ? first : content
}
