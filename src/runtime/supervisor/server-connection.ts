/** What a running server shows of itself: a connection for its callers, facts for everybody. */
import { tierOf } from '../../domain/enforcement.ts'
import type { AppError } from '../../domain/error.ts'
import type { InstanceId, ServerId } from '../../domain/id.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { Era, ProcessKey } from '../../domain/process-key.ts'
import type { InstanceFacts } from '../../domain/server.ts'
import type { Connection } from '../instance/connection.ts'
import type { Initialized } from '../instance/handshake.ts'
import type { Instance } from '../ports.ts'
import type { Gate } from './gate.ts'

/** Structurally the gateway's UpstreamConnection. */
export type ServerConnection = Omit<Connection, 'vitals' | 'close' | 'turnModern'> & {
  readonly serverId: ServerId
  /** Differs for each process of a server. */
  readonly generation: number
  /** The same over restarts of the platform. */
  readonly instanceId: InstanceId
  readonly key: ProcessKey
  readonly era: Era
  /** While anybody holds it, the process is not stopped for being idle. */
  hold(): () => void
  /** False while it is unhealthy: calls wait. */
  isReady(): boolean
  /** Each time it is ready again. */
  onReady(listener: () => void): () => void
  readonly protocolVersion: string
  readonly initializeResult: JsonObject
}

export type RetirableConnection = ServerConnection & { retire(error: AppError): void }

/** Whether anybody still needs a process. Counts and the monotonic clock, nothing that costs a call. */
export type Activity = {
  readonly inFlight: number
  readonly holds: number
  /** By the monotonic clock: when a caller last asked something. */
  readonly usedAt: number
}

/**
 * Without what is the supervisor's alone: to close it, and to judge its life. Once it is retired it takes nothing
 * more: for its callers it is closed, before its process is.
 */
export function buildServerConnection(
  connection: Connection,
  about: Pick<ServerConnection, 'serverId' | 'key' | 'generation' | 'instanceId'>,
  { result, protocolVersion }: Initialized,
  use: { readonly touch: () => void; readonly hold: () => () => void; readonly gate: Gate },
): RetirableConnection {
  const listeners = new Set<(error: AppError) => void>()
  let retired: AppError | null = null
  const retire = (error: AppError) => {
    if (retired !== null) return
    retired = error
    for (const listener of listeners) listener(error)
    listeners.clear()
  }
  connection.onClosed(retire)
  return {
    retire,
    request(method, params, handlers) {
      if (retired !== null) throw retired
      use.touch()
      return connection.request(method, params, handlers)
    },
    reclaim: connection.reclaim,
    notify: (method, params) => connection.notify(method, params),
    onNotification: (listener) => connection.onNotification(listener),
    onRequest: (listener) => connection.onRequest(listener),
    onClosed(listener) {
      if (retired !== null) listener(retired)
      else listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    ...about,
    era: about.key.era,
    protocolVersion,
    initializeResult: result,
    hold: use.hold,
    isReady: () => use.gate.isOpen,
    onReady: (listener) => use.gate.onOpen(listener),
  }
}

export function buildFacts(
  {
    pid,
    uid,
    enforcement,
    limits,
    egress,
  }: Pick<Instance, 'pid' | 'uid' | 'enforcement' | 'limits' | 'egress'>,
  { protocolVersion, serverInfo }: Initialized,
  adopted: boolean,
): InstanceFacts {
  const tier = tierOf(enforcement)
  return { pid, uid, tier, enforcement, limits, egress, adopted, protocolVersion, serverInfo }
}
