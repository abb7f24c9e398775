/** One list of all servers, in the order of their names; each server's own order stays. */
import type { AppError } from '../../domain/error.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { Principal } from '../../domain/principal.ts'
import { filterTools } from '../permission.ts'
import type { HubMember } from './hub-announcements.ts'
import { parseCursor, renderCursor } from './hub-cursor.ts'
import { HUB_LISTS, type HubList } from './hub-lists.ts'
import { renderHubName } from './hub-names.ts'
import type { Chosen, HubView, PlaceOf } from './hub-view.ts'

const PAGE = 500
const MISSING = 'haivemind/missing_servers'

export type HubVisit = { readonly view: HubView; readonly chosen: Chosen; readonly principal: Principal }

type Listed = { readonly member: HubMember; readonly items: readonly JsonObject[] }
type Missing = { readonly member: HubMember; readonly error: AppError }

/** Null for a cursor that is not one of ours. */
export async function mergeLists(
  { view, chosen, principal }: HubVisit,
  method: HubList,
  cursor: unknown,
  placeOf: PlaceOf,
  protocolVersion: string,
): Promise<JsonObject | null> {
  const from = cursor === undefined ? { server: '', skip: 0 } : parseCursor(cursor)
  if (from === null) return null
  const parts = await Promise.all(
    view.members(chosen).map(async (member): Promise<Listed | Missing> => {
      const part = await view.list(member, method, placeOf, protocolVersion)
      if ('error' in part) {
        view.noteMissing(member.hosted.serverId)
        return { member, error: part.error }
      }
      return { member, items: part.items }
    }),
  )
  const listed = keepFirst(
    parts.filter((part) => 'items' in part).map((part) => renderPart(part, method, principal)),
    HUB_LISTS[method],
  )
  if (method === 'resources/list') {
    for (const { member, items } of listed)
      view.learnUris(
        member,
        items.flatMap(({ uri }) => (typeof uri === 'string' ? uri : [])),
      )
  }
  const missing = parts.filter((part) => 'error' in part)
  const { page, next } = takePage(listed, from)
  return {
    [HUB_LISTS[method]]: page,
    ...(next === null ? {} : { nextCursor: renderCursor(next) }),
    ...(missing.length === 0 ? {} : { _meta: { [MISSING]: missing.map(renderMissing) } }),
  }
}

function renderPart({ member, items }: Listed, method: HubList, principal: Principal): Listed {
  if (method !== 'tools/list' && method !== 'prompts/list') return { member, items }
  const shown = method === 'tools/list' ? filterTools(items, principal, member.server) : items
  return {
    member,
    items: shown.flatMap((item) =>
      typeof item['name'] === 'string' ? { ...item, name: renderHubName(member.server, item['name']) } : [],
    ),
  }
}

/** What two servers list under one URI is the first one's, by name; reads go where the list came from. */
function keepFirst(parts: readonly Listed[], list: (typeof HUB_LISTS)[HubList]): Listed[] {
  const key = list === 'resources' ? 'uri' : list === 'resourceTemplates' ? 'uriTemplate' : 'name'
  const seen = new Set<string>()
  return parts.map(({ member, items }) => ({
    member,
    items: items.filter((item) => {
      const text = item[key]
      if (typeof text !== 'string' || seen.has(text)) return false
      seen.add(text)
      return true
    }),
  }))
}

function takePage(parts: readonly Listed[], from: { readonly server: string; readonly skip: number }) {
  const page: JsonObject[] = []
  for (const { member, items } of parts) {
    if (member.server < from.server) continue
    const skip = member.server === from.server ? from.skip : 0
    const room = PAGE - page.length
    page.push(...items.slice(skip, skip + room))
    if (items.length - skip > room) return { page, next: { server: member.server, skip: skip + room } }
  }
  return { page, next: null }
}

function renderMissing({ member, error }: Missing): JsonObject {
  return { server: member.server, code: error.code, message: error.message }
}
