/** What a running server shows of itself: a connection for its callers, facts for everybody. */
import { tierOf } from '../../domain/enforcement.ts'
import type { ServerId } from '../../domain/id.ts'
import type { JsonObject } from '../../domain/json.ts'
import { buildMainKey, type Era, type ProcessKey } from '../../domain/process-key.ts'
import type { InstanceFacts } from '../../domain/server.ts'
import type { Connection } from '../instance/connection.ts'
import type { Initialized } from '../instance/handshake.ts'
import type { Instance } from '../ports.ts'

/** Structurally the gateway's UpstreamConnection. */
export type ServerConnection = Omit<Connection, 'vitals' | 'close'> & {
  readonly serverId: ServerId
  /** Differs for each process of a server. */
  readonly generation: number
  readonly key: ProcessKey
  readonly era: Era
  /** While anybody holds it, the process is not stopped for being idle. */
  hold(): () => void
  readonly protocolVersion: string
  readonly initializeResult: JsonObject
}

const MAIN = buildMainKey('legacy')

/** Without what is the supervisor's alone: to close it, and to judge its life. */
export function buildServerConnection(
  connection: Connection,
  serverId: ServerId,
  generation: number,
  { result, protocolVersion }: Initialized,
): ServerConnection {
  return {
    request: (method, params, handlers) => connection.request(method, params, handlers),
    notify: (method, params) => connection.notify(method, params),
    onNotification: (listener) => connection.onNotification(listener),
    onRequest: (listener) => connection.onRequest(listener),
    onClosed: (listener) => connection.onClosed(listener),
    // Nothing stops an idle process yet.
    hold: () => () => {},
    key: MAIN,
    era: MAIN.era,
    serverId,
    generation,
    protocolVersion,
    initializeResult: result,
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
