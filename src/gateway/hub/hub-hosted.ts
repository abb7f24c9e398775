/** The hub in the form of a hosted server, for all that is the same with it: sessions, streams, subscriptions. */
import { HUB_ID } from '../../domain/hub.ts'
import type { JsonObject } from '../../domain/json.ts'
import { buildMainKey, renderProcessKey, type ProcessKey } from '../../domain/process-key.ts'
import type { ServerTraits } from '../../domain/server-traits.ts'
import { AppError } from '../../domain/error.ts'
import type { Announcements } from '../announcements.ts'
import { MODERN_VERSION } from '../envelope.ts'
import { METHOD_NOT_FOUND } from '../fault.ts'
import type { HostedLane, HostedServer } from '../hosted-servers.ts'
import type { Lane } from '../lane.ts'
import type { UpstreamConnection } from '../ports.ts'
import type { HubSeat } from './hub-seat.ts'

/** Each session has a key of its own; it never names a process. */
const TRAITS: ServerTraits = {
  instances: 'per_session',
  eras: ['legacy', 'modern'],
  upstreamEra: 'match',
  onSessionLoss: 'resume',
}

/** Said whatever the servers are: they come and go while the session stays. */
export const HUB_RESULT: JsonObject = {
  protocolVersion: '2025-11-25',
  capabilities: {
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { listChanged: true, subscribe: true },
    completions: {},
    logging: {},
  },
  serverInfo: { name: 'haivemind-hub', title: 'hAIveMind Hub', version: '1' },
  instructions:
    'Several MCP servers behind one endpoint. Tools and prompts are named {server}__{name}. Servers that could not list what they offer are named in _meta["haivemind/missing_servers"] of a list.',
}

type HubHostedDeps = {
  readonly announcements: Announcements
  readonly seatOf: (key: ProcessKey) => HubSeat
  readonly endSeat: (key: ProcessKey, error: AppError) => void
}

export function createHubHosted({ announcements, seatOf, endSeat }: HubHostedDeps): HostedServer {
  const lanes = new Map<string, HostedLane>()
  const laneOf = (key: ProcessKey): HostedLane => {
    const name = renderProcessKey(key)
    const known = lanes.get(name)
    if (known !== undefined) return known
    const lane = createHubLane(key, seatOf(key))
    const tools = { find: () => [], load: () => Promise.resolve([]), isRepeatable: () => false }
    // Each request tells the server that it goes to.
    const created = { key, lane, tools, logs: { need() {} } }
    lanes.set(name, created)
    return created
  }
  return {
    serverId: HUB_ID,
    traits: () => TRAITS,
    lane: laneOf,
    mainLane: () => laneOf(buildMainKey('modern')),
    lanes: () => [...lanes.values()],
    join: () => () => {},
    load: () => 0,
    release(key, error) {
      lanes.delete(renderProcessKey(key))
      endSeat(key, error)
    },
    announcements,
  }
}

/** Always there; what is for no single server goes to the processes that are the session's own. */
function createHubLane(key: ProcessKey, seat: HubSeat): Lane {
  const connection: UpstreamConnection = {
    serverId: HUB_ID,
    generation: 0,
    instanceId: 'hub',
    key,
    era: key.era,
    protocolVersion: key.era === 'modern' ? MODERN_VERSION : '2025-11-25',
    initializeResult: HUB_RESULT,
    request() {
      throw new AppError('internal', 'The hub has no process of its own.')
    },
    reclaim: null,
    notify(method, params) {
      for (const lane of seat.ownLanes()) lane.connection?.notify(method, params)
    },
    onNotification: () => () => {},
    onRequest: () => () => {},
    hold: () => () => {},
    isReady: () => true,
    onReady: () => () => {},
    onClosed: () => () => {},
  }
  return {
    serverId: HUB_ID,
    key,
    connection,
    breaker: null,
    ready: () => Promise.resolve(connection),
    request({ method, onDone }) {
      const message = `Method not found: ${method.slice(0, 128)}`
      onDone({ kind: 'error', error: { code: METHOD_NOT_FOUND, message } })
      return { cancel() {}, release() {}, sent: null }
    },
    tell(method, params) {
      for (const lane of seat.ownLanes()) lane.tell(method, params)
    },
    load: () => 0,
    waiting: () => 0,
    displace() {},
    listLogTakers: () => [],
    onConnected() {},
    onDisconnected() {},
    onNotification() {},
    onPush() {},
    failCalls() {},
    close() {},
  }
}
