/** `subscriptions/listen` (R80–R85): one stream that carries what its filter asked for, and whose end is the end of it. */
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import { LISTS, listAnnounced, type ListKind } from '../announcements.ts'
import { SUBSCRIPTION_ID } from '../envelope.ts'
import { buildErrorMessage, INTERNAL_ERROR, INVALID_PARAMS } from '../fault.ts'
import type { HostedLane } from '../hosted-servers.ts'
import type { Request } from '../message.ts'
import { buildModernResult } from '../modern-result.ts'
import { canSubscribe } from '../offer.ts'
import type { UpstreamConnection } from '../ports.ts'
import { sendJson } from '../reply.ts'
import { ownerOf, type Exchange, type TransportDeps } from './exchange.ts'

type Filter = { readonly lists: readonly ListKind[]; readonly uris: readonly string[] }

const MAX_URI = 8192

export function serveListen(
  exchange: Exchange,
  at: HostedLane,
  message: Request,
  connection: UpstreamConnection,
  deps: TransportDeps,
): void {
  const { res, principal } = exchange
  const refuse = (code: number, text: string) =>
    sendJson(res, 200, buildErrorMessage({ code, message: text }, message.id))
  const filter = parseFilter(message.params?.['notifications'], deps.config.maxSubscriptionsPerClient)
  if (typeof filter === 'string') return refuse(INVALID_PARAMS, filter)
  if (!deps.streams.canOpen(principal.id)) {
    return refuse(
      INTERNAL_ERROR,
      `You have ${deps.config.maxStreamsPerPrincipal} streams open, which is the limit. Close one first.`,
    )
  }
  const offered = listAnnounced(connection.initializeResult)
  const lists = filter.lists.filter(
    (list) => offered.includes(list) && (list === 'tools' || !exchange.narrowed),
  )
  const uris = canSubscribe(connection.initializeResult, exchange.narrowed) ? filter.uris : []
  void openListen(exchange, at, message, { lists, uris }, connection, deps)
}

/** Never rejects: whatever the server says to a subscription only narrows what is acknowledged. */
async function openListen(
  exchange: Exchange,
  { key }: HostedLane,
  message: Request,
  filter: Filter,
  connection: UpstreamConnection,
  deps: TransportDeps,
): Promise<void> {
  const { res, principal } = exchange
  const { announcements } = exchange.hosted
  const stream = deps.streams.open(res, ownerOf(exchange), 'standing')
  const answers = filter.uris.map(
    async (uri) => (await announcements.subscribe(key, uri, principal.id)).kind === 'result',
  )
  const granted = await Promise.all(answers)
  const uris = new Set(filter.uris.filter((_, at) => granted[at]))
  const release = () => {
    for (const uri of uris) announcements.unsubscribe(key, uri)
  }
  if (res.destroyed) return release()
  const send = (method: string, params: JsonObject) => {
    const meta = isJsonObject(params['_meta']) ? params['_meta'] : {}
    const tagged = { ...params, _meta: { ...meta, [SUBSCRIPTION_ID]: message.id } }
    stream.send({ jsonrpc: '2.0', method, params: tagged })
  }
  send('notifications/subscriptions/acknowledged', { notifications: renderFilter(filter.lists, uris) })
  const result = buildModernResult(
    'subscriptions/listen',
    { _meta: { [SUBSCRIPTION_ID]: message.id } },
    connection.initializeResult,
  )
  const last = { jsonrpc: '2.0', id: message.id, result }
  if (filter.lists.length === 0 && uris.size === 0) return stream.end(last)

  const leave = announcements.add(key, {
    onListChanged: (list) => {
      if (filter.lists.includes(list)) send(`notifications/${list}/list_changed`, {})
    },
    onResourceUpdated: (uri, params) => {
      if (uris.has(uri)) send('notifications/resources/updated', params)
    },
  })
  const unhold = announcements.hold(key)
  stream.endsWith(last)
  stream.onClosed(() => {
    leave()
    unhold()
    release()
  })
}

/** The text says what is wrong. Unknown keys are ignored: later revisions may add some. */
function parseFilter(value: unknown, maxUris: number): Filter | string {
  if (!isJsonObject(value)) return 'params.notifications must be an object.'
  for (const list of LISTS) {
    const wanted = value[`${list}ListChanged`]
    if (wanted !== undefined && typeof wanted !== 'boolean')
      return `${list}ListChanged must be true or false.`
  }
  const uris = value['resourceSubscriptions'] ?? []
  if (!Array.isArray(uris) || !uris.every((uri) => typeof uri === 'string' && uri.length <= MAX_URI)) {
    return 'resourceSubscriptions must be an array of URIs.'
  }
  if (uris.length > maxUris) return `resourceSubscriptions may name ${maxUris} URIs.`
  return {
    lists: LISTS.filter((list) => value[`${list}ListChanged`] === true),
    uris: [...new Set(uris as string[])],
  }
}

function renderFilter(lists: readonly ListKind[], uris: ReadonlySet<string>): JsonObject {
  const flags = Object.fromEntries(lists.map((list) => [`${list}ListChanged`, true]))
  return uris.size === 0 ? flags : { ...flags, resourceSubscriptions: [...uris] }
}
