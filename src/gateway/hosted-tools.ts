/** Tools of hosted servers for callers inside the platform: the same lanes, limits, grants and records as over HTTP. */
import type { BreakerView } from '../domain/breaker.ts'
import type { Consultation } from '../domain/consultation.ts'
import { AppError } from '../domain/error.ts'
import type { ServerId, VersionId } from '../domain/id.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import type { Principal } from '../domain/principal.ts'
import { chooseKey } from './choose-key.ts'
import { consultLane } from './consult-lane.ts'
import { INVALID_PARAMS } from './fault.ts'
import type { HostedServers } from './hosted-servers.ts'
import type { Lane } from './lane.ts'
import { ask, buildGaveUp, listTools, type Asker } from './list-tools.ts'
import { stripTaskSupport } from './offer.ts'
import { buildForbidden, filterTools, isNarrowed, requireCall } from './permission.ts'
import type { UpstreamConnection, Upstreams } from './ports.ts'

/** Fulfils the port of the same name in hosting. */
export interface HostedTools {
  /** Of the server's processes the worst off; null where calls go. In memory. */
  breaker(serverId: ServerId): BreakerView | null
  /** All pages; only the tools that the principal may call. */
  list(server: string, principal: Principal, signal: AbortSignal): Promise<readonly JsonObject[]>
  /** As `list`, of the version that is tried beside the server. */
  listBeside(
    server: string,
    versionId: VersionId,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<readonly JsonObject[]>
  /** The result as the server gave it: `isError` in it is not an exception. Throws AppError for everything else. */
  call(
    server: string,
    tool: string,
    args: JsonObject,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<JsonObject>
  /** Resources and prompts. Whoever was granted single tools has no others, and none of these. */
  consult(
    server: string,
    consultation: Consultation,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<JsonObject>
}

/** As long as the caller waits: a server may take a minute to start. */
function waitUntilReady(lane: Lane, signal: AbortSignal): Promise<UpstreamConnection> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(buildGaveUp(signal))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    lane
      .ready()
      .finally(() => signal.removeEventListener('abort', abort))
      .then(resolve, reject)
  })
}

/** Servers say it in different words, so a refusal of the params is looked up in the list. */
async function isUnknownTool(lane: Lane, tool: string, asker: Asker, error: unknown): Promise<boolean> {
  if (!(error instanceof AppError) || error.details?.['rpc_code'] !== INVALID_PARAMS) return false
  return !(await listTools(lane, asker)).some(({ name }) => name === tool)
}

function buildToolNotFound(server: string, tool: string): AppError {
  return new AppError('tool_not_found', `${server} has no tool named ${tool}.`)
}

export function createHostedTools(servers: HostedServers, upstreams: Upstreams): HostedTools {
  const laneOf = (server: string, principalId: string): Lane => {
    const serverId: ServerId | null = upstreams.findByName(server)
    if (serverId === null) throw new AppError('server_not_found', `There is no server named ${server}.`)
    const hosted = servers.get(serverId)
    const caller = { era: 'legacy', capabilities: '', principalId, sessionId: null } as const
    return hosted.lane(chooseKey(hosted.traits(), caller, hosted.load)).lane
  }
  const listOver = async (lane: Lane, server: string, principal: Principal, signal: AbortSignal) => {
    const { capabilities } = (await waitUntilReady(lane, signal)).initializeResult
    if (!isJsonObject(capabilities) || capabilities['tools'] === undefined) return []
    const tools = await listTools(lane, { principalId: principal.id, protocolVersion: 'internal', signal })
    return filterTools(stripTaskSupport(tools), principal, server)
  }
  return {
    breaker(serverId) {
      const lanes =
        servers
          .list()
          .find((server) => server.serverId === serverId)
          ?.lanes() ?? []
      const views = lanes.flatMap(({ lane }) => lane.breaker ?? [])
      return views.toSorted((a, b) => b.retryAt - a.retryAt)[0] ?? null
    },
    async list(server, principal, signal) {
      requireCall(principal, server)
      return listOver(laneOf(server, principal.id), server, principal, signal)
    },
    async listBeside(server, versionId, principal, signal) {
      requireCall(principal, server)
      const serverId = upstreams.findByName(server)
      const connection = serverId === null ? null : upstreams.beside(serverId)
      if (connection === null)
        throw new AppError('server_not_running', `The version of ${server} that is tried does not run.`)
      const lane = servers.openBeside(connection, versionId)
      try {
        return await listOver(lane, server, principal, signal)
      } finally {
        lane.close(new AppError('not_ready', 'It was looked at.'))
      }
    },
    async consult(server, consultation, principal, signal) {
      requireCall(principal, server)
      if (isNarrowed(principal, server)) throw buildForbidden(server)
      const lane = laneOf(server, principal.id)
      const { initializeResult } = await waitUntilReady(lane, signal)
      const asker = { principalId: principal.id, protocolVersion: 'internal', signal }
      return consultLane(lane, initializeResult, consultation, asker)
    },
    async call(server, tool, args, principal, signal) {
      requireCall(principal, server, tool)
      const asker = { principalId: principal.id, protocolVersion: 'internal', signal }
      const lane = laneOf(server, principal.id)
      try {
        return await ask(lane, 'tools/call', { name: tool, arguments: args }, asker)
      } catch (error) {
        throw (await isUnknownTool(lane, tool, asker, error)) ? buildToolNotFound(server, tool) : error
      }
    },
  }
}
