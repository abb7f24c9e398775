/** A process that answered MCP initialization: its connection for callers, and the look at whether it still answers. */
import type { Evidence, Vigil } from '../../domain/health.ts'
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import type { InstanceFacts } from '../../domain/server.ts'
import type { Connection } from '../instance/connection.ts'
import type { Initialized } from '../instance/handshake.ts'
import { createModernConnection } from '../instance/modern/modern-connection.ts'
import type { Instance, LaunchSpec } from '../ports.ts'
import { createGate } from './gate.ts'
import { startLiveness } from './liveness.ts'
import type { RunDeps } from './run-types.ts'
import { buildFacts, buildServerConnection, type RetirableConnection } from './server-connection.ts'
import type { Use } from './use.ts'

export type Serving = {
  readonly connection: RetirableConnection
  readonly facts: InstanceFacts
  readonly stopLiveness: () => void
}

export function startServing(
  { clock, platformVersion }: Pick<RunDeps, 'clock' | 'platformVersion'>,
  { serverId, key, config }: LaunchSpec,
  found: {
    readonly plain: Connection
    readonly instance: Instance
    readonly initialized: Initialized
    readonly adopted: boolean
    readonly generation: number
    readonly use: Use
  },
  handlers: {
    readonly onEvidence: (evidence: Evidence, vigil: Vigil) => void
    readonly onDead: (detail: string) => void
  },
): Serving {
  const { plain, instance, initialized, adopted, generation, use } = found
  const gate = createGate()
  const connection =
    initialized.era === 'legacy'
      ? plain
      : createModernConnection(plain, {
          capabilities: readCapabilities(initialized),
          platformVersion,
          clock,
          pings: instance.http !== null && instance.http.healthPath !== null,
        })
  const stopLiveness = startLiveness(
    connection,
    clock,
    {
      intervalMs: config.healthCheckIntervalSeconds * 1000,
      rules: {
        timeoutSeconds: config.healthCheckTimeoutSeconds,
        failures: config.healthFailureThreshold,
        successes: config.healthSuccessThreshold,
      },
      atOnce: adopted,
      health: adopted ? 'unknown' : 'healthy',
      how: findProbe(instance, initialized),
    },
    {
      onEvidence(evidence, vigil) {
        handlers.onEvidence(evidence, vigil)
        gate.set(vigil.health !== 'unhealthy')
      },
      onDead: handlers.onDead,
    },
  )
  return {
    connection: buildServerConnection(
      connection,
      { serverId, key: { ...key, era: initialized.era }, generation, instanceId: instance.instanceId },
      initialized,
      { ...use, gate },
    ),
    facts: buildFacts(instance, initialized, adopted),
    stopLiveness,
  }
}

/** What a `ping` is to this server. */
function findProbe({ http }: Instance, { era }: Initialized) {
  if (http !== null && http.healthPath !== null) return 'health_check_url'
  return era === 'modern' ? 'server/discover' : 'ping'
}

function readCapabilities({ result }: Initialized): JsonObject {
  const { capabilities } = result
  return isJsonObject(capabilities) ? capabilities : {}
}
