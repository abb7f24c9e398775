import type { HubMember } from '../hub/hub-announcements.ts'
import type { HubVisit } from '../hub/merge-lists.ts'
import type { Exchange } from './exchange.ts'

/** A request to the hub as one to the server that it is for. */
export function retarget(exchange: Exchange, { view }: HubVisit, member: HubMember): Exchange {
  const { server, narrowed } = member
  return { ...exchange, server, narrowed, hosted: view.named(member), visit: null }
}
