/** The network of one instance, from outside: its egress proxy, opened before its gate and again when it is adopted. */
import type { Place } from '../../domain/egress-rule.ts'
import { AppError } from '../../domain/error.ts'
import { parseHealthUrl } from '../../domain/http-settings.ts'
import type { ServerId } from '../../domain/id.ts'
import type { ProcessIdentity } from '../../system/process-table.ts'
import type { Egress } from '../egress/open-egress.ts'
import { openListenerInside } from '../egress/open-listener.ts'
import type { HttpEndpoint, LaunchSpec } from '../ports.ts'
import { readNetworkFacts, writeNetworkFacts, type NetworkFacts } from '../sandbox/network-facts.ts'
import type { SandboxHost } from '../sandbox/open-host.ts'
import { buildHttpEndpoint } from './http-endpoint.ts'

export type InstanceNetwork = {
  readonly egress: readonly string[]
  readonly http: HttpEndpoint | null
  /** Why it cannot be kept; null when all of it stands. */
  readonly defect: string | null
  /** What its proxy refused it, each place once. */
  refused(): readonly Place[]
  close(): void
}

/** Of one instance; a server may ask for any number of names. */
const MAX_REFUSED = 32

type Sandbox = { readonly runDir: string; readonly outer: ProcessIdentity }

function buildNetworkFacts({ config }: Pick<LaunchSpec, 'config'>): NetworkFacts {
  const { allowedNetwork, egress, port, path, healthCheckUrl } = config
  const healthPath = parseHealthUrl(healthCheckUrl ?? '')?.path ?? null
  return {
    egress: allowedNetwork ? [...egress] : [],
    http: port === null ? null : { port, path, healthPath },
  }
}

/** While the sandbox waits at its gate. Throws AppError `sandbox_failed`. */
export async function openNetwork(
  deps: { readonly host: SandboxHost; readonly egress: Egress },
  sandbox: Sandbox,
  spec: LaunchSpec,
): Promise<InstanceNetwork> {
  const facts = buildNetworkFacts(spec)
  await writeNetworkFacts(sandbox.runDir, facts)
  const network = await serve(deps, sandbox, spec.serverId, facts)
  if (network.defect === null) return network
  throw new AppError('sandbox_failed', `The sandbox got no network: ${network.defect}`)
}

/** Never throws: the payload has had time to take the proxy's port, and then it cannot go on as it is. */
export async function reopenNetwork(
  deps: { readonly host: SandboxHost; readonly egress: Egress },
  sandbox: Sandbox,
  serverId: ServerId,
): Promise<InstanceNetwork> {
  return serve(deps, sandbox, serverId, await readNetworkFacts(sandbox.runDir))
}

async function serve(
  { host, egress }: { readonly host: SandboxHost; readonly egress: Egress },
  sandbox: Sandbox,
  serverId: ServerId,
  facts: NetworkFacts,
): Promise<InstanceNetwork> {
  const http = facts.http === null ? null : buildHttpEndpoint(host, sandbox, facts.http)
  const refused = new Map<string, Place>()
  const network = {
    egress: facts.egress,
    http,
    defect: null,
    refused: () => [...refused.values()],
    close: () => {},
  }
  if (facts.egress.length === 0) return network
  try {
    const listener = await openListenerInside(host, sandbox.outer.pid)
    const proxy = egress.serveServer(serverId, listener, facts.egress, (place) => {
      if (refused.size < MAX_REFUSED) refused.set(`${place.host}:${place.port}`, place)
    })
    return { ...network, close: () => proxy.close() }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ...network, defect: `Its egress proxy could not be opened: ${why}.` }
  }
}
