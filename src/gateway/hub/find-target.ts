/** To which server a request goes, and in that server's own words. */
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import { mayCall } from '../../domain/principal.ts'
import { INVALID_PARAMS, METHOD_NOT_FOUND, type RpcError } from '../fault.ts'
import type { Request } from '../message.ts'
import type { HubMember } from './hub-announcements.ts'
import { parseHubName } from './hub-names.ts'
import type { PlaceOf } from './hub-view.ts'
import type { HubVisit } from './merge-lists.ts'

export type Target =
  | { readonly kind: 'found'; readonly member: HubMember; readonly message: Request }
  | { readonly kind: 'refused'; readonly error: RpcError }
  | { readonly kind: 'forbidden'; readonly server: string; readonly tool: string | undefined }

/** Throws AppError where a list is needed that its server does not give. */
export async function findTarget(visit: HubVisit, message: Request, placeOf: PlaceOf): Promise<Target> {
  const { method, params } = message
  switch (method) {
    case 'tools/call':
    case 'prompts/get':
      return findNamed(visit, message, params, placeOf, (name) => ({ ...params, name }))
    case 'resources/read':
      return findByUri(visit, message, params?.['uri'], placeOf)
    case 'completion/complete': {
      const ref = params?.['ref']
      if (!isJsonObject(ref)) return refuse('params.ref must be an object.')
      if (ref['type'] !== 'ref/prompt') return findByUri(visit, message, ref['uri'], placeOf)
      return findNamed(visit, message, ref, placeOf, (name) => ({ ...params, ref: { ...ref, name } }))
    }
    default: {
      const text = `Method not found: ${method.slice(0, 128)}`
      return { kind: 'refused', error: { code: METHOD_NOT_FOUND, message: text } }
    }
  }
}

async function findNamed(
  { view, chosen, principal }: HubVisit,
  message: Request,
  holder: JsonObject | undefined,
  placeOf: PlaceOf,
  rename: (name: string) => JsonObject,
): Promise<Target> {
  const text = holder?.['name']
  if (typeof text !== 'string') return refuse('The name must be a string.')
  const parsed = parseHubName(text)
  if (parsed === null) return buildUnknown(message, text)
  const { server } = parsed
  const isTool = message.method === 'tools/call'
  // Before anything is said of whether it exists.
  if (!mayCall(principal, server))
    return { kind: 'forbidden', server, tool: isTool ? parsed.name : undefined }
  const member = view.members(chosen).find((each) => each.server === server)
  if (member === undefined || (member.narrowed && !isTool)) return buildUnknown(message, text)
  const list = isTool ? 'tools/list' : 'prompts/list'
  const own = parsed.isDigested ? await view.findName(member, text, list, placeOf) : parsed.name
  if (own === null) return buildUnknown(message, text)
  return { kind: 'found', member, message: { ...message, params: rename(own) } }
}

async function findByUri(
  { view, chosen }: HubVisit,
  message: Request,
  uri: unknown,
  placeOf: PlaceOf,
): Promise<Target> {
  if (typeof uri !== 'string') return refuse('The URI must be a string.')
  const member = await view.findUri(uri, chosen, placeOf)
  if (member !== null) return { kind: 'found', member, message }
  const text = `No server behind the hub lists ${uri.slice(0, 256)}, or its server cannot be reached now.`
  return { kind: 'refused', error: { code: INVALID_PARAMS, message: text, data: { uri } } }
}

function buildUnknown({ method }: Request, name: string): Target {
  const what = method === 'tools/call' ? 'tool' : 'prompt'
  return refuse(`The hub has no ${what} named ${name.slice(0, 200)}. Names are {server}__{name}, as listed.`)
}

function refuse(message: string): Target {
  return { kind: 'refused', error: { code: INVALID_PARAMS, message } }
}
