/**
 * What servers have asked one client of an earlier revision and it has not answered yet. The client sees ids of the
 * gateway, which no two questions of its session share, whatever process they come from (R67).
 */
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import type { CapabilityClass } from '../domain/process-key.ts'
import type { ServerRequest } from '../domain/server-request.ts'
import { createToken } from '../system/random.ts'
import type { LegacyVersion } from './envelope.ts'
import { parseRpcError, type RpcError } from './fault.ts'
import type { Response } from './message.ts'
import { findPushFault } from './push-fault.ts'

/** How one question travels. */
export type PushWay = {
  /** To the client, on the one stream that the question belongs to. */
  readonly send: (message: JsonObject) => void
  /** To the server: how far the client is with its answer. */
  readonly onProgress?: (params: JsonObject) => void
}

export interface ClientPushes {
  /** Puts it to the client, or refuses it for a client that does not know such a thing. */
  ask(push: ServerRequest, way: PushWay): void
  /** What the client answers. Nothing for a question that is not open, or was never put to this client. */
  answer(response: Response): void
  /** `notifications/progress` of the client. */
  progress(params: JsonObject | undefined): void
  /** The server's own error that asks for elicitations by url: their ends may be told later. */
  noteError(error: RpcError): void
  /** An elicitation by url has ended elsewhere; true, once, when this client was asked for it. */
  takeEnded(elicitationId: string): boolean
  /** The session is over. */
  close(): void
}

type Open = {
  readonly push: ServerRequest
  readonly way: PushWay
  readonly token: JsonObject[string] | undefined
}

const OVER = { code: -32_603, message: 'The session of the client has ended' }
/** Of one session, oldest forgotten first: what a server never ends is not kept for ever. */
const MAX_ELICITATIONS = 100
const URL_ELICITATION_REQUIRED = -32_042

export function createClientPushes(version: LegacyVersion, capabilities: CapabilityClass): ClientPushes {
  const open = new Map<string, Open>()
  const elicitations = new Set<string>()
  let prefix: string | null = null
  let count = 0

  /** A client may answer late, after a restart of the platform: an id never names two questions. */
  const createId = () => {
    prefix ??= createToken(9)
    return `${prefix}-${++count}`
  }

  const noteElicitation = (params: JsonObject | undefined) => {
    const id = params?.['elicitationId']
    if (typeof id !== 'string' || id.length > 1024) return
    elicitations.add(id)
    const [oldest] = elicitations
    if (elicitations.size > MAX_ELICITATIONS && oldest !== undefined) elicitations.delete(oldest)
  }

  return {
    ask(push, way) {
      const { method, params } = push
      const fault = findPushFault(method, params, capabilities)
      if (fault !== null) return push.refuse(fault)
      const id = createId()
      const meta = params?.['_meta']
      const token = isJsonObject(meta) ? meta['progressToken'] : undefined
      open.set(id, { push, way, token })
      push.onCancelled((reason) => {
        if (!open.delete(id)) return
        way.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason } })
      })
      if (method === 'elicitation/create') noteElicitation(params)
      const shown = lowerPush(params, version, id)
      way.send({ jsonrpc: '2.0', id, method, ...(shown === undefined ? {} : { params: shown }) })
    },
    answer({ id, result, error }) {
      const found = typeof id === 'string' ? open.get(id) : undefined
      if (typeof id !== 'string' || found === undefined) return
      open.delete(id)
      if (result === undefined) found.push.refuse(parseRpcError(error))
      else found.push.respond(result)
    },
    progress(params) {
      const id = params?.['progressToken']
      const found = typeof id === 'string' ? open.get(id) : undefined
      if (found?.token !== undefined) found.way.onProgress?.({ ...params, progressToken: found.token })
    },
    noteError({ code, data }) {
      if (code !== URL_ELICITATION_REQUIRED || !isJsonObject(data)) return
      const { elicitations: asked } = data
      if (Array.isArray(asked)) for (const each of asked) if (isJsonObject(each)) noteElicitation(each)
    },
    takeEnded: (elicitationId) => elicitations.delete(elicitationId),
    close() {
      const left = [...open.values()]
      open.clear()
      for (const { push } of left) push.refuse(OVER)
    },
  }
}

/** Without what the client's revision does not know, and with a progress token that is the gateway's. */
function lowerPush(
  params: JsonObject | undefined,
  version: LegacyVersion,
  token: string,
): JsonObject | undefined {
  if (params === undefined) return undefined
  const { _meta: meta, task: _task, mode, ...asked } = params
  const kept =
    isJsonObject(meta) && meta['progressToken'] !== undefined ? { ...meta, progressToken: token } : meta
  return {
    ...asked,
    ...(mode === undefined || version < '2025-11-25' ? {} : { mode }),
    ...(kept === undefined ? {} : { _meta: kept }),
  }
}
