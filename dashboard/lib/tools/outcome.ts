/** What came of a call, told apart as a person needs it told apart. */
import type { ApiError } from '../api.ts'
import {
  isObject,
  listOf,
  numberOf,
  own,
  textOf,
  type Json,
  type SchemaObject,
} from '../schema-form/schema.ts'

export type ContentItem =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image' | 'audio'; readonly mediaType: string; readonly base64: string }
  | {
      readonly kind: 'link'
      readonly uri: string
      readonly name: string
      readonly description: string | null
      readonly mediaType: string | null
      readonly size: number | null
    }
  | {
      readonly kind: 'embedded'
      readonly uri: string
      readonly mediaType: string | null
      readonly text: string | null
      readonly base64: string | null
    }
  | { readonly kind: 'unknown'; readonly value: Json }

export type Outcome =
  | {
      readonly kind: 'result'
      readonly isError: boolean
      readonly items: readonly ContentItem[]
      readonly structured: Json | undefined
    }
  /** It went well, and there is nothing to show. */
  | { readonly kind: 'empty' }
  | { readonly kind: Failure; readonly error: ApiError }
  | { readonly kind: 'cancelled' }

export type Failure = 'invalid_params' | 'unknown_tool' | 'timeout' | 'protocol' | 'forbidden' | 'transport'

const INVALID_PARAMS = -32602

export function readResult(result: SchemaObject): Outcome {
  const items = (listOf(result, 'content') ?? []).map(readItem)
  const structured = own(result, 'structuredContent')
  const isError = own(result, 'isError') === true
  if (items.length === 0 && structured === undefined && !isError) return { kind: 'empty' }
  return { kind: 'result', isError, items, structured }
}

function readItem(item: Json): ContentItem {
  if (!isObject(item)) return { kind: 'unknown', value: item }
  const mediaType = textOf(item, 'mimeType')
  switch (textOf(item, 'type')) {
    case 'text': {
      const text = textOf(item, 'text')
      return text === null ? { kind: 'unknown', value: item } : { kind: 'text', text }
    }
    case 'image':
    case 'audio': {
      const base64 = textOf(item, 'data')
      const kind = own(item, 'type') as 'image' | 'audio'
      return base64 === null
        ? { kind: 'unknown', value: item }
        : { kind, base64, mediaType: mediaType ?? 'application/octet-stream' }
    }
    case 'resource_link': {
      const uri = textOf(item, 'uri')
      if (uri === null) return { kind: 'unknown', value: item }
      const name = textOf(item, 'title') ?? textOf(item, 'name') ?? uri
      return {
        kind: 'link',
        uri,
        name,
        description: textOf(item, 'description'),
        mediaType,
        size: numberOf(item, 'size'),
      }
    }
    case 'resource': {
      const resource = own(item, 'resource')
      return isObject(resource) ? readResource(resource) : { kind: 'unknown', value: item }
    }
    default:
      return { kind: 'unknown', value: item }
  }
}

/** One of `contents` of a resource that was read, too. */
function readResource(resource: SchemaObject): ContentItem {
  return {
    kind: 'embedded',
    uri: textOf(resource, 'uri') ?? '',
    mediaType: textOf(resource, 'mimeType'),
    text: textOf(resource, 'text'),
    base64: textOf(resource, 'blob'),
  }
}

export function readFailure(error: ApiError): Outcome {
  const rpcCode = error.details['rpc_code']
  if (rpcCode === INVALID_PARAMS) {
    return {
      kind: /unknown tool|tool.*not found/i.test(error.message) ? 'unknown_tool' : 'invalid_params',
      error,
    }
  }
  if (error.code === 'tool_not_found') return { kind: 'unknown_tool', error }
  if (error.code === 'call_timeout' || error.code === 'wait_timeout') return { kind: 'timeout', error }
  if (error.code === 'server_error') return { kind: 'protocol', error }
  if (error.status === 401 || error.status === 403) return { kind: 'forbidden', error }
  return error.code === 'invalid_request' ? { kind: 'invalid_params', error } : { kind: 'transport', error }
}

/** Servers say in different words that they have nobody to ask; each of them names what they wanted. */
export function wantsToAsk(outcome: Outcome): boolean {
  const isAbout = (text: string) => /elicit|does not support|back-?channel|capabilit/i.test(text)
  if (outcome.kind === 'protocol' || outcome.kind === 'invalid_params') return isAbout(outcome.error.message)
  if (outcome.kind !== 'result' || !outcome.isError) return false
  return outcome.items.some((item) => item.kind === 'text' && /elicit/i.test(item.text) && isAbout(item.text))
}

/** What a resource holds, once read. */
export function readContents(result: SchemaObject): readonly ContentItem[] {
  return (listOf(result, 'contents') ?? []).map((item) =>
    isObject(item) ? readResource(item) : { kind: 'unknown', value: item },
  )
}

/** The content of one message of a prompt: one block, or a list of them. */
export function readBlocks(content: Json | undefined): readonly ContentItem[] {
  return (Array.isArray(content) ? (content as readonly Json[]) : content === undefined ? [] : [content]).map(
    readItem,
  )
}

/** The only pictures that are shown as such. SVG is a document, and shown as one. */
const IMAGES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'])
const MAX_IMAGE = 6 * 1024 * 1024

export function imageUrl({
  mediaType,
  base64,
}: {
  readonly mediaType: string
  readonly base64: string
}): string | null {
  const type = mediaType.split(';')[0]!.trim().toLowerCase()
  if (!IMAGES.has(type) || base64.length > MAX_IMAGE || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null
  return `data:${type};base64,${base64}`
}
