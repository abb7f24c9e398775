/** Each call's duration into its histogram. On the way of every call: two or three lookups and a few additions. */
import { CALL_OUTCOMES, type CallOutcome } from '../../domain/call-outcome.ts'
import type { ServerId } from '../../domain/id.ts'
import type { PlatformMetrics } from '../../domain/metric-list.ts'
import { observe, OTHER, type Series } from '../../domain/metrics.ts'

/** As the gateway records it. */
export type MeasuredCall = {
  readonly serverId: ServerId
  readonly method: string
  readonly tool: string | null
  readonly protocolVersion: string
  readonly outcome: CallOutcome
  readonly startedAt: number
  readonly milliseconds: number
  readonly traceId: string | null
}

/** Clients choose what they write here, so what is none of these counts as one. */
const METHODS: ReadonlySet<string> = new Set([
  'completion/complete',
  'initialize',
  'logging/setLevel',
  'ping',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/read',
  'resources/subscribe',
  'resources/templates/list',
  'resources/unsubscribe',
  'server/discover',
  'subscriptions/listen',
  'tasks/cancel',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/update',
  'tools/call',
  'tools/list',
])
const VERSIONS: readonly string[] = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28']

/** What calls of one server, method and tool have in common; a place for each version and outcome. */
type Kind = {
  readonly serverId: ServerId
  readonly method: string
  readonly tool: string | null
  readonly places: (Series | undefined)[]
}

export interface CallMeter {
  /** @param overheadMs see the metric; null for a call without an answer */
  note(call: MeasuredCall, overheadMs: number | null): void
  /** The server is gone for good. */
  forget(serverId: ServerId): void
}

/** @param nameOf what people call the server */
export function createCallMeter(
  { callDuration: durations, gatewayOverhead }: Pick<PlatformMetrics, 'callDuration' | 'gatewayOverhead'>,
  nameOf: (serverId: ServerId) => string,
): CallMeter {
  const { buckets = [] } = durations.definition
  const { buckets: overheadBuckets = [] } = gatewayOverhead.definition
  const overheads = new Map<ServerId, Series>()
  const servers = new Map<ServerId, Map<string, Map<string, Kind>>>()
  /** Calls come in rows of one kind. */
  let recent: Kind | null = null

  const find = ({ serverId, method, tool }: MeasuredCall): Kind | undefined => {
    if (recent !== null && recent.serverId === serverId && recent.method === method && recent.tool === tool) {
      return recent
    }
    return servers
      .get(serverId)
      ?.get(method)
      ?.get(tool ?? '')
  }

  /**
   * A tool gets series of its own by answering: names that no tool has, which any client can make up, count as
   * `other` and take nothing of the places for those that exist.
   */
  const admit = ({ serverId, method, tool, outcome }: MeasuredCall): Kind | null => {
    if (!METHODS.has(method)) return null
    if (tool !== null && (outcome !== 'ok' || !durations.hasRoom(nameOf(serverId), tool))) return null
    const methods = servers.get(serverId) ?? new Map<string, Map<string, Kind>>()
    servers.set(serverId, methods)
    const tools = methods.get(method) ?? new Map<string, Kind>()
    methods.set(method, tools)
    const kind = { serverId, method, tool, places: [] }
    tools.set(tool ?? '', kind)
    return kind
  }

  const seriesOf = ({ serverId, outcome, protocolVersion }: MeasuredCall, method: string, tool: string) => {
    const version = VERSIONS.includes(protocolVersion) ? protocolVersion : OTHER
    return durations.series(nameOf(serverId), method, tool, outcome === 'ok' ? '' : outcome, version)
  }

  return {
    note(call, overheadMs) {
      const kind = find(call) ?? admit(call)
      let series: Series | undefined
      if (kind === null) {
        const method = METHODS.has(call.method) ? call.method : OTHER
        series = seriesOf(call, method, call.tool === null ? '' : OTHER)
      } else {
        recent = kind
        const at =
          (VERSIONS.indexOf(call.protocolVersion) + 1) * CALL_OUTCOMES.length +
          CALL_OUTCOMES.indexOf(call.outcome)
        series = kind.places[at] ??= seriesOf(call, kind.method, kind.tool ?? '')
      }
      const { serverId, milliseconds, startedAt, traceId } = call
      observe(series, buckets, milliseconds / 1000, traceId, startedAt + milliseconds)
      if (overheadMs === null) return
      let overhead = overheads.get(serverId)
      if (overhead === undefined)
        overheads.set(serverId, (overhead = gatewayOverhead.series(nameOf(serverId))))
      observe(overhead, overheadBuckets, overheadMs / 1000)
    },
    forget(serverId) {
      if (recent?.serverId === serverId) recent = null
      servers.delete(serverId)
      overheads.delete(serverId)
      durations.forget('server', nameOf(serverId))
      gatewayOverhead.forget('server', nameOf(serverId))
    },
  }
}
