/** What callers say about which servers they want, in the words of the API. */
import { z } from 'zod'
import { AppError } from '../domain/error.ts'
import { decodeJson } from '../domain/json.ts'
import { SERVER_STATUSES, type ServerStatus } from '../domain/server-state.ts'
import { SERVER_SORTS, type Place, type ServerQuery } from '../hosting/choose-servers.ts'
import { serverSchema, type ServerJson } from './schema/server.ts'

const SORTS = SERVER_SORTS.flatMap((key) => [key, `-${key}`])

/** Beside `limit` and `cursor`; lists are comma-separated. */
export const serverChoiceShape = {
  archived: z.enum(['true', 'false']).optional().describe('true: those that are archived instead'),
  status: z
    .string()
    .max(200)
    .optional()
    .describe(`Any of these, comma-separated: ${SERVER_STATUSES.join(', ')}`),
  tag: z.string().max(500).optional().describe('All of these tags, comma-separated'),
  q: z.string().max(200).optional().describe('In its name, description or tags, whatever the case'),
  sort: z
    .string()
    .max(40)
    .optional()
    .describe(`${SERVER_SORTS.join(', ')}; with - before it, the greatest first`),
}
type Choice = { readonly [K in keyof typeof serverChoiceShape]?: string | undefined }

export const serverFieldsShape = {
  fields: z
    .string()
    .max(1_000)
    .optional()
    .describe('Only these fields of each server, comma-separated; the name is always there'),
}

/** Throws `invalid_request`. */
export function buildServerQuery(
  choice: Choice,
  page: { readonly cursor: string | undefined; readonly limit: number },
): ServerQuery {
  const sort = choice.sort ?? 'name'
  if (!SORTS.includes(sort)) throw refuse('sort', `is not one of ${SORTS.join(', ')}.`)
  const key = sort.replace('-', '') as ServerQuery['sort']
  return {
    isArchived: choice.archived === 'true',
    statuses: split(choice.status).map((word) => {
      if (isStatus(word)) return word
      throw refuse('status', `"${word}" is not one of ${SERVER_STATUSES.join(', ')}.`)
    }),
    tags: split(choice.tag),
    text: choice.q?.trim() ?? '',
    sort: key,
    isDescending: sort.startsWith('-'),
    after: page.cursor === undefined ? null : parseCursor(page.cursor),
    limit: page.limit,
  }
}

const isStatus = (word: string): word is ServerStatus => (SERVER_STATUSES as readonly string[]).includes(word)

function split(list: string | undefined): readonly string[] {
  return (list ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

const FIELDS = Object.keys(serverSchema.shape) as (keyof ServerJson)[]

/** Null: all of them. Throws `invalid_request`. */
export function parseFields(list: string | undefined): readonly (keyof ServerJson)[] | null {
  if (list === undefined) return null
  const wanted = split(list).map((word) => {
    const field = FIELDS.find((name) => name === word)
    if (field === undefined) throw refuse('fields', `a server has no "${word}".`)
    return field
  })
  return ['name', ...wanted.filter((field) => field !== 'name')]
}

export function pickFields(
  server: ServerJson,
  fields: readonly (keyof ServerJson)[] | null,
): Partial<ServerJson> & Pick<ServerJson, 'name'> {
  if (fields === null) return server
  const picked: Partial<ServerJson> = Object.fromEntries(fields.map((field) => [field, server[field]]))
  return { ...picked, name: server.name }
}

const placeSchema = z.strictObject({ value: z.union([z.string(), z.number()]), name: z.string() })

/** The last one given: stable while servers come and go. */
export function buildCursor(place: Place): string {
  return Buffer.from(JSON.stringify({ value: place.value, name: place.name })).toString('base64url')
}

function parseCursor(cursor: string): Place {
  const parsed = placeSchema.safeParse(decodeJson(Buffer.from(cursor, 'base64url').toString()))
  if (parsed.success && buildCursor(parsed.data) === cursor) return parsed.data
  throw refuse('cursor', 'is not one that this list gave.')
}

function refuse(field: string, why: string): AppError {
  return new AppError('invalid_request', `query.${field}: ${why}`)
}
