/** What a server offers beside its tools. */
import { queryOptions } from '@tanstack/react-query'
import {
  isObject,
  listOf,
  numberOf,
  own,
  textOf,
  type Json,
  type SchemaObject,
} from '../schema-form/schema.ts'
import { ask } from './ask.ts'

export type Offer = {
  readonly resources: boolean
  readonly prompts: boolean
  readonly completions: boolean
  readonly subscribe: boolean
}

export type Resource = {
  readonly uri: string
  readonly name: string
  readonly description: string
  readonly mediaType: string | null
  readonly bytes: number | null
}
export type Template = Omit<Resource, 'uri' | 'bytes'> & { readonly uriTemplate: string }
export type Argument = { readonly name: string; readonly description: string; readonly isRequired: boolean }
export type Prompt = {
  readonly name: string
  readonly title: string | null
  readonly description: string
  readonly arguments: readonly Argument[]
}

export const offerQuery = (server: string) =>
  queryOptions({
    queryKey: ['server', server, 'offer'],
    queryFn: async ({ signal }): Promise<Offer> =>
      readOffer(await ask(server, 'server/discover', {}, { signal })),
    retry: false,
    staleTime: 10_000,
  })

function readOffer(result: SchemaObject): Offer {
  const capabilities = own(result, 'capabilities')
  const has = (name: string) => isObject(capabilities) && isObject(own(capabilities, name))
  const resources = isObject(capabilities) ? own(capabilities, 'resources') : undefined
  return {
    resources: has('resources'),
    prompts: has('prompts'),
    completions: has('completions'),
    subscribe: isObject(resources) && own(resources, 'subscribe') === true,
  }
}

const MAX_PAGES = 50
const MAX_ITEMS = 5_000

/** All pages of one list. */
async function listAll(server: string, method: string, member: string, signal: AbortSignal): Promise<Json[]> {
  const items: Json[] = []
  let cursor: string | null = null
  for (let page = 0; page < MAX_PAGES && items.length < MAX_ITEMS; page += 1) {
    const result: SchemaObject = await ask(server, method, cursor === null ? {} : { cursor }, { signal })
    items.push(...(listOf(result, member) ?? []))
    const next: string | null = textOf(result, 'nextCursor')
    if (next === null || next === '' || next === cursor) break
    cursor = next
  }
  return items
}

export const LISTS = {
  resources: { method: 'resources/list', member: 'resources' },
  templates: { method: 'resources/templates/list', member: 'resourceTemplates' },
  prompts: { method: 'prompts/list', member: 'prompts' },
} as const
export type ListName = keyof typeof LISTS

export const listQuery = <T>(server: string, list: ListName, read: (item: SchemaObject) => T | null) =>
  queryOptions({
    queryKey: ['server', server, 'mcp', list],
    queryFn: async ({ signal }): Promise<readonly T[]> => {
      const { method, member } = LISTS[list]
      const items = await listAll(server, method, member, signal)
      return items.flatMap((item) => (isObject(item) ? (read(item) ?? []) : []))
    },
    retry: false,
    staleTime: 10_000,
  })

export function readResourceItem(item: SchemaObject): Resource | null {
  const uri = textOf(item, 'uri')
  return uri === null ? null : { uri, ...readWords(item, uri), bytes: numberOf(item, 'size') }
}

export function readTemplate(item: SchemaObject): Template | null {
  const uriTemplate = textOf(item, 'uriTemplate')
  return uriTemplate === null ? null : { uriTemplate, ...readWords(item, uriTemplate) }
}

function readWords(item: SchemaObject, fallback: string) {
  return {
    name: textOf(item, 'title') ?? textOf(item, 'name') ?? fallback,
    description: textOf(item, 'description') ?? '',
    mediaType: textOf(item, 'mimeType'),
  }
}

export function readPrompt(item: SchemaObject): Prompt | null {
  const name = textOf(item, 'name')
  if (name === null) return null
  return {
    name,
    title: textOf(item, 'title'),
    description: textOf(item, 'description') ?? '',
    arguments: (listOf(item, 'arguments') ?? []).flatMap((argument) => {
      const named = isObject(argument) ? textOf(argument, 'name') : null
      if (!isObject(argument) || named === null) return []
      return [
        {
          name: named,
          description: textOf(argument, 'description') ?? '',
          isRequired: own(argument, 'required') === true,
        },
      ]
    }),
  }
}

/** What a server suggests for a value that is being typed. */
export async function complete(
  server: string,
  ref: SchemaObject,
  argument: { readonly name: string; readonly value: string },
  others: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const params = { ref, argument, context: { arguments: others } }
  const completion = own(await ask(server, 'completion/complete', params, { signal }), 'completion')
  const values = isObject(completion) ? (listOf(completion, 'values') ?? []) : []
  return values.filter((value) => typeof value === 'string').slice(0, 100)
}
