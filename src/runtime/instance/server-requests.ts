/** What a server asks of its client. Each request is answered once, whoever takes it: what nobody takes is refused. */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts'
import type { EarlierRequest, ServerRequest } from '../../domain/server-request.ts'
import { buildError } from './build-error.ts'

type Listener = (push: ServerRequest) => boolean

/** A server that asks without end: beyond this many open questions it is refused at once. */
const MAX_PUSHES = 256
/** Of all that is open, since what was asked is held until it is answered. Characters, twice the largest message. */
const MAX_HELD = 8 * 1024 * 1024
/** It is held and sent back; no library makes longer ones. */
const MAX_ID = 1024

export interface ServerRequests {
  on(listener: Listener): () => void
  /** A message with a method and an id; `size`: its characters. */
  take(message: JsonObject, id: Json, method: string, size: number): void
  /** One of an earlier daemon, still to be answered. */
  recall(request: EarlierRequest): ServerRequest
  /** `notifications/cancelled` of the server; false when it is about nothing that is open here. */
  cancel(params: JsonObject | undefined): boolean
  /** The process is gone: nobody waits for an answer any more. */
  close(): void
}

type Open = { readonly size: number; onCancelled: ((reason: string) => void) | null }

/** What a process that is one caller's asks before that caller is there. */
const MAX_EARLY = 16

/**
 * @param keepsEarly what comes before anybody listens waits for the first listener
 * @param answer sends a response to the server. `isOwed`: a listener took the request, so the answer has to arrive;
 *   others may be dropped while the server reads nothing, since it may ask without end.
 */
export function createServerRequests(
  answer: (message: JsonObject, isOwed: boolean) => void,
  keepsEarly = false,
): ServerRequests {
  const early: (() => void)[] = []
  let isFirst = keepsEarly
  const listeners = new Set<Listener>()
  const open = new Map<Json, Open>()
  let held = 0
  /** The request that listeners are being offered: what is refused meanwhile was not taken. */
  let offered: Open | null = null

  const forget = (id: Json) => {
    held -= open.get(id)?.size ?? 0
    open.delete(id)
  }

  const add = ({ id, method, params }: EarlierRequest, mine: Open): ServerRequest => {
    open.set(id, mine)
    held += mine.size
    const finish = (message: JsonObject) => {
      if (open.get(id) !== mine) return
      forget(id)
      answer(message, offered !== mine)
    }
    return {
      id,
      method,
      params,
      respond: (result) => finish({ jsonrpc: '2.0', id, result }),
      refuse: (error) => finish({ jsonrpc: '2.0', id, error }),
      onCancelled: (listener) => void (mine.onCancelled = listener),
    }
  }

  const take: ServerRequests['take'] = (message, id, method, size) => {
    const { params } = message
    if (!isUsableId(id)) return answer(buildError(null, -32600, 'The id of this request is of no use'), false)
    if (method === 'ping') return answer({ jsonrpc: '2.0', id, result: {} }, false)
    if (isFirst && early.length < MAX_EARLY) return void early.push(() => take(message, id, method, size))
    if (listeners.size === 0) return answer(buildNotTaken(id), false)
    if (open.size >= MAX_PUSHES)
      return answer(buildError(id, -32603, `${MAX_PUSHES} requests are open already`), false)
    if (held + size > MAX_HELD)
      return answer(
        buildError(id, -32603, `The requests that are open hold ${held} characters already`),
        false,
      )
    if (open.has(id)) return answer(buildError(id, -32600, 'A request with this id is open already'), false)
    const mine: Open = { size, onCancelled: null }
    const push = add({ id, method, params: isJsonObject(params) ? params : undefined }, mine)
    offered = mine
    try {
      for (const listener of listeners) if (listener(push)) return
      push.refuse(NOT_TAKEN)
    } finally {
      offered = null
    }
  }

  return {
    on(listener) {
      listeners.add(listener)
      isFirst = false
      for (const read of early.splice(0)) read()
      return () => void listeners.delete(listener)
    },
    take,
    recall: (request) => add(request, { size: 0, onCancelled: null }),
    cancel(params) {
      const id = params?.['requestId'] ?? null
      const found = open.get(id)
      if (found === undefined) return false
      forget(id)
      const reason = params?.['reason']
      found.onCancelled?.(typeof reason === 'string' ? reason : 'cancelled by the server')
      return true
    },
    close() {
      const left = [...open.values()]
      open.clear()
      held = 0
      listeners.clear()
      for (const { onCancelled } of left) onCancelled?.('the server ended')
    },
  }
}

/** As JSON-RPC has it; whatever else a server sends could neither be told apart nor be echoed as it was. */
function isUsableId(id: Json): boolean {
  return typeof id === 'number' || (typeof id === 'string' && id.length <= MAX_ID)
}

const NOT_TAKEN = { code: -32601, message: 'The client takes no such request here' } as const

function buildNotTaken(id: Json): JsonObject {
  return buildError(id, NOT_TAKEN.code, NOT_TAKEN.message)
}
