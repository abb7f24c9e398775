/** What a running server shows of itself: a connection for its callers, facts for everybody. */
import { tierOf } from '../../domain/enforcement.ts'
import type { ServerId } from '../../domain/id.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { InstanceFacts } from '../../domain/server.ts'
import type { Connection } from '../instance/connection.ts'
import type { Initialized } from '../instance/handshake.ts'
import type { Instance } from '../ports.ts'

/** Structurally the gateway's UpstreamConnection. */
export type ServerConnection = Omit<Connection, 'vitals' | 'close'> & {
  readonly serverId: ServerId
  /** Differs for each process of a server. */
  readonly generation: number
  readonly protocolVersion: string
  readonly initializeResult: JsonObject
}

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
    onClosed: (listener) => connection.onClosed(listener),
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
