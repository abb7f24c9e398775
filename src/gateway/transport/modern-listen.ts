/** `subscriptions/listen` (R80–R85): one stream that carries what its filter asked for, and whose end is the end of it. */
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import type { ProcessKey } from '../../domain/process-key.ts'
import { LISTS, listAnnounced, type Announcements, type Listener, type ListKind } from '../announcements.ts'
import { SUBSCRIPTION_ID } from '../envelope.ts'
import { buildErrorMessage, INTERNAL_ERROR, INVALID_PARAMS } from '../fault.ts'
import type { HostedLane } from '../hosted-servers.ts'
import type { Request, RequestId } from '../message.ts'
import { buildModernResult } from '../modern-result.ts'
import { canSubscribe } from '../offer.ts'
import type { UpstreamConnection } from '../ports.ts'
import { sendJson } from '../reply.ts'
import type { EventStream } from '../streams.ts'
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
  if (res.destroyed) return release(announcements, key, uris)
  const listening = new Listening(stream, message.id, filter.lists, uris)
  listening.acknowledge()
  if (filter.lists.length === 0 && uris.size === 0) {
    return stream.end(buildLast(message.id, connection.initializeResult))
  }
  follow(announcements, key, listening, connection.initializeResult)
}

/** Thousands may be open: what stays with each is this object and one closure, and nothing of its request. */
class Listening implements Listener {
  readonly stream: EventStream
  readonly id: RequestId
  readonly uris: ReadonlySet<string>
  readonly #lists: readonly ListKind[]

  constructor(stream: EventStream, id: RequestId, lists: readonly ListKind[], uris: ReadonlySet<string>) {
    this.stream = stream
    this.id = id
    this.uris = uris
    this.#lists = lists
  }

  acknowledge(): void {
    const notifications = renderFilter(this.#lists, this.uris)
    this.#send('notifications/subscriptions/acknowledged', { notifications })
  }

  onListChanged(list: ListKind): void {
    if (this.#lists.includes(list)) this.#send(`notifications/${list}/list_changed`, {})
  }

  onResourceUpdated(uri: string, params: JsonObject): void {
    if (this.uris.has(uri)) this.#send('notifications/resources/updated', params)
  }

  #send(method: string, params: JsonObject): void {
    const meta = isJsonObject(params['_meta']) ? params['_meta'] : {}
    const tagged = { ...params, _meta: { ...meta, [SUBSCRIPTION_ID]: this.id } }
    this.stream.send({ jsonrpc: '2.0', method, params: tagged })
  }
}

function follow(
  announcements: Announcements,
  key: ProcessKey,
  listening: Listening,
  initializeResult: JsonObject,
): void {
  const leave = announcements.add(key, listening)
  const unhold = announcements.hold(key)
  listening.stream.endsWith(() => buildLast(listening.id, initializeResult))
  listening.stream.onClosed(() => {
    leave()
    unhold()
    release(announcements, key, listening.uris)
  })
}

function release(announcements: Announcements, key: ProcessKey, uris: ReadonlySet<string>): void {
  for (const uri of uris) announcements.unsubscribe(key, uri)
}

function buildLast(id: RequestId, initializeResult: JsonObject): JsonObject {
  const tagged = { _meta: { [SUBSCRIPTION_ID]: id } }
  return { jsonrpc: '2.0', id, result: buildModernResult('subscriptions/listen', tagged, initializeResult) }
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
