/** The hub as one principal sees it: its servers, whose each URI is, and what it is served by. */
import type { AppError } from '../../domain/error.ts'
import type { ServerId } from '../../domain/id.ts'
import type { JsonObject } from '../../domain/json.ts'
import { mayCall, type Principal } from '../../domain/principal.ts'
import { buildMainKey, type ProcessKey } from '../../domain/process-key.ts'
import type { HostedServer, HostedServers } from '../hosted-servers.ts'
import { isNarrowed } from '../permission.ts'
import type { StateSeal, Upstreams } from '../ports.ts'
import { createHubAnnouncements, type HubAnnouncements, type HubMember } from './hub-announcements.ts'
import { createHubHosted } from './hub-hosted.ts'
import type { HubList, HubLists, Part } from './hub-lists.ts'
import { renderHubName } from './hub-names.ts'
import { createHubSeat, type HubSeat } from './hub-seat.ts'
import { nameServer } from './named-server.ts'
import { matchesTemplate } from './uri-templates.ts'

export type HubViewDeps = {
  readonly servers: HostedServers
  readonly upstreams: Upstreams
  readonly lists: HubLists
  readonly seal: StateSeal
  /** A server could be listed that could not before. */
  readonly onArrival: (serverId: ServerId) => void
}

/** Which process of a server this client's requests go to. */
export type PlaceOf = (hosted: HostedServer) => ProcessKey
export type Chosen = ReadonlySet<string> | null

export interface HubView {
  /** The hub as sessions and streams know it. */
  readonly hosted: HostedServer
  readonly announcements: HubAnnouncements
  /** With each request, since the grants are the token's: what it may use is what counts from now on. */
  meet(principal: Principal): void
  /** By name. */
  members(chosen: Chosen): readonly HubMember[]
  seat(key: ProcessKey): HubSeat
  /** As clients of the hub reach it. */
  named(member: HubMember): HostedServer
  list(member: HubMember, method: HubList, placeOf: PlaceOf, protocolVersion: string): Promise<Part>
  /** The server's own name for what the hub calls so; null where it has none such. */
  findName(member: HubMember, hubName: string, method: HubList, placeOf: PlaceOf): Promise<string | null>
  /** Whose a URI, or a template, is: the list that it came from says so. */
  findUri(uri: string, chosen: Chosen, placeOf: PlaceOf): Promise<HubMember | null>
  /** From a full list. */
  learnUris(member: HubMember, uris: readonly string[]): void
  /** It could not be listed. */
  noteMissing(serverId: ServerId): void
  takeMissing(serverId: ServerId): boolean
  forget(serverId: ServerId): void
}

const MAX_LINKS = 1000
const MAX_URIS = 10_000
const INTERNAL = 'internal'

export function createHubView(principalId: string, deps: HubViewDeps): HubView {
  const { servers, upstreams, lists, seal } = deps
  const seats = new Map<string | null, HubSeat>()
  const missing = new Set<ServerId>()
  const listed = new Map<string, ServerId>()
  const linked = new Map<string, ServerId>()
  const names = new Map<ServerId, { readonly base: HostedServer; readonly named: HostedServer }>()
  let principal: Principal | null = null
  let meetFirst = () => {}
  const known = new Promise<void>((resolve) => (meetFirst = resolve))

  const members = (chosen: Chosen): HubMember[] => {
    const who = principal
    if (who === null) return []
    return upstreams
      .names()
      .filter((server) => mayCall(who, server) && chosen?.has(server) !== false)
      .toSorted()
      .flatMap((server) => {
        const serverId = upstreams.findByName(server)
        return serverId === null
          ? []
          : { server, hosted: servers.get(serverId), narrowed: isNarrowed(who, server) }
      })
  }

  const seatOf = (key: ProcessKey): HubSeat => {
    const seat = seats.get(key.owner) ?? createHubSeat(key, principalId)
    seats.set(key.owner, seat)
    return seat
  }

  const remember = (uris: Map<string, ServerId>, max: number, uri: string, serverId: ServerId) => {
    uris.delete(uri)
    uris.set(uri, serverId)
    const oldest = uris.keys().next().value
    if (uris.size > max && oldest !== undefined) uris.delete(oldest)
  }

  const list = (member: HubMember, method: HubList, placeOf: PlaceOf, protocolVersion: string) => {
    const { hosted, narrowed } = member
    const asker = { principalId, protocolVersion }
    const at = hosted.lane(placeOf(hosted))
    return lists.ask(at, method, narrowed, asker, () => deps.onArrival(hosted.serverId))
  }

  /** Of each server its URIs, or its templates; a server that does not answer has none. */
  const listTexts = (open: readonly HubMember[], method: HubList, key: string, placeOf: PlaceOf) =>
    Promise.all(
      open.map(async (member) => {
        const part = await list(member, method, placeOf, INTERNAL)
        return { member, texts: 'items' in part ? readTexts(part.items, key) : [] }
      }),
    )

  const findUri = async (uri: string, chosen: Chosen, placeOf: PlaceOf): Promise<HubMember | null> => {
    const open = members(chosen).filter(({ narrowed }) => !narrowed)
    const byId = (serverId: ServerId | undefined) => open.find(({ hosted }) => hosted.serverId === serverId)
    const before = byId(listed.get(uri))
    if (before !== undefined) return before
    const [resources, templates] = await Promise.all([
      listTexts(open, 'resources/list', 'uri', placeOf),
      listTexts(open, 'resources/templates/list', 'uriTemplate', placeOf),
    ])
    const found =
      resources.find(({ texts }) => texts.includes(uri)) ??
      templates.find(({ texts }) => texts.some((template) => matchesTemplate(template, uri)))
    if (found === undefined) return byId(linked.get(uri)) ?? null
    remember(listed, MAX_URIS, uri, found.member.hosted.serverId)
    return found.member
  }

  const announcements = createHubAnnouncements({
    principalId,
    members: () => members(null),
    known,
    seatOf,
    findUri: (uri, seat) => findUri(uri, null, (hosted) => seat.place(hosted)),
  })
  const endSeat = ({ owner }: ProcessKey, error: AppError) => {
    seats.get(owner)?.end(error)
    seats.delete(owner)
  }

  return {
    hosted: createHubHosted({ announcements, seatOf, endSeat }),
    announcements,
    meet(met) {
      const isSame = principal?.grants === met.grants
      principal = met
      if (isSame) return
      meetFirst()
      announcements.sync()
    },
    members,
    seat: seatOf,
    named({ server, hosted }) {
      const before = names.get(hosted.serverId)
      if (before?.base === hosted) return before.named
      const onLink = (uri: string) => remember(linked, MAX_LINKS, uri, hosted.serverId)
      const named = nameServer(hosted, { server, principalId, seal, onLink })
      names.set(hosted.serverId, { base: hosted, named })
      return named
    },
    list,
    async findName(member, hubName, method, placeOf) {
      const part = await list(member, method, placeOf, INTERNAL)
      if ('error' in part) throw part.error
      const own = readTexts(part.items, 'name')
      return own.find((name) => renderHubName(member.server, name) === hubName) ?? null
    },
    findUri,
    learnUris({ hosted }, uris) {
      for (const uri of uris) remember(listed, MAX_URIS, uri, hosted.serverId)
    },
    noteMissing: (serverId) => void missing.add(serverId),
    takeMissing: (serverId) => missing.delete(serverId),
    forget(serverId) {
      missing.delete(serverId)
      names.delete(serverId)
      for (const uris of [listed, linked]) {
        for (const [uri, owner] of uris) if (owner === serverId) uris.delete(uri)
      }
      for (const seat of seats.values()) seat.forget(serverId)
    },
  }
}

function readTexts(items: readonly JsonObject[], key: string): string[] {
  return items.flatMap((item) => (typeof item[key] === 'string' ? item[key] : []))
}

/** Of requests that stand alone. */
export const NOBODY = buildMainKey('modern')
