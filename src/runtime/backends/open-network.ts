/** The network of one instance, from outside: its egress proxy, opened before its gate and again when it is adopted. */
import { AppError } from '../../domain/error.ts'
import type { ServerId } from '../../domain/id.ts'
import type { Egress } from '../egress/open-egress.ts'
import { openListenerInside } from '../egress/open-listener.ts'
import type { LaunchSpec } from '../ports.ts'
import { readNetworkFacts, writeNetworkFacts, type NetworkFacts } from '../sandbox/network-facts.ts'
import type { SandboxHost } from '../sandbox/open-host.ts'

export type InstanceNetwork = NetworkFacts & {
  /** Why it cannot be kept; null when all of it stands. */
  readonly defect: string | null
  close(): void
}

type Sandbox = { readonly runDir: string; readonly outer: { readonly pid: number } }

/** The places that a new instance may reach; empty: it gets no proxy. */
function buildNetworkFacts({ config }: Pick<LaunchSpec, 'config'>): NetworkFacts {
  return { egress: config.allowedNetwork ? [...config.egress] : [] }
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
  { outer }: Sandbox,
  serverId: ServerId,
  facts: NetworkFacts,
): Promise<InstanceNetwork> {
  if (facts.egress.length === 0) return { ...facts, defect: null, close: () => {} }
  try {
    const listener = await openListenerInside(host, outer.pid)
    const proxy = egress.serveServer(serverId, listener, facts.egress)
    return { ...facts, defect: null, close: () => proxy.close() }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ...facts, defect: `Its egress proxy could not be opened: ${why}.`, close: () => {} }
  }
}
