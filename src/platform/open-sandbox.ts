/** What contains servers and jobs on this host, joined with their way out and the uids they may have. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { PlatformConfig } from '../config/schema.ts'
import { parseEgressRules } from '../domain/egress-rule.ts'
import { ROOT_UIDS, type UidBlock } from '../domain/uid-block.ts'
import { createBubblewrapBackend } from '../runtime/backends/bubblewrap.ts'
import { openEgress } from '../runtime/egress/open-egress.ts'
import type { EgressLog } from '../runtime/ports.ts'
import { removeOwned } from '../runtime/sandbox/change-owner.ts'
import type { UidSupply } from '../runtime/sandbox/choose-way.ts'
import { checkTools, checkVenv } from '../runtime/sandbox/check-tools.ts'
import { createTools } from '../runtime/sandbox/find-tools.ts'
import { createInterpreters } from '../runtime/sandbox/interpreters.ts'
import { createJail } from '../runtime/sandbox/jail.ts'
import { openSandboxHost } from '../runtime/sandbox/open-host.ts'
import { probeHost as probeSandboxHost } from '../runtime/sandbox/probe-host.ts'
import { createTrials } from '../runtime/trial/trials.ts'
import { claimUidBlock } from '../store/uid-blocks.ts'
import { systemClock } from '../system/clock.ts'
import { type Logger } from '../system/log.ts'
import { listProcessesOf } from '../system/process-table.ts'
import { findOwnRange, isGranted } from '../system/uid-ranges.ts'
import { listOwnAddresses } from '../system/outbound.ts'
import { createNameResolver } from '../system/resolve-names.ts'

/** Null for a plain user that was granted none. */
export async function claimUids(config: PlatformConfig): Promise<UidSupply | null> {
  const folders = [config.data_dir, config.servers_dir]
  if (process.getuid?.() === 0) {
    const isUsed = (block: UidBlock) =>
      isGranted(block) || listProcessesOf(block.first, block.count).length > 0
    const registry = '/var/lib/haivemind'
    return { block: await claimUidBlock({ registry, range: ROOT_UIDS, folders, isUsed }), range: null }
  }
  const range = findOwnRange()
  if (range === null) return null
  const registry = join(homedir(), '.local/state/haivemind')
  const isUsed = (block: UidBlock) => listProcessesOf(block.first, block.count).length > 0
  return { block: await claimUidBlock({ registry, range, folders, isUsed }), range }
}

export async function openSandbox(
  config: PlatformConfig,
  logger: Logger,
  log: EgressLog,
  supply: UidSupply | null,
) {
  const host = await openSandboxHost({
    dataDir: config.data_dir,
    supply,
    weakest: config.security.min_isolation_tier,
    clock: systemClock,
    logger: logger.child('sandbox'),
  })
  const interpreters = createInterpreters(host)
  const tools = createTools(host, interpreters)
  const minTier = config.security.min_isolation_tier
  const egress = openEgress({
    network: {
      resolve: createNameResolver(config.egress.dns_servers),
      ownAddresses: listOwnAddresses,
    },
    ceiling: config.egress.allowed_hosts === null ? null : parseEgressRules(config.egress.allowed_hosts),
    allowPrivate: parseEgressRules(config.egress.allow_private).map(({ host, ports: [port = 0] }) => ({
      host,
      port,
    })),
    log,
    clock: systemClock,
    logger: logger.child('egress'),
  })
  const backend = createBubblewrapBackend({
    host,
    interpreters,
    minTier,
    probe: () => probeSandboxHost(host),
    egress,
  })
  return {
    backend,
    jail: createJail({ host, tools, minTier, egress }),
    distinctUids: host.uids !== null,
    removeOwned: (root: string, path: string) => removeOwned(host, root, path),
    openTrials: (platformVersion: string) => createTrials({ host, interpreters, minTier, platformVersion }),
    /** Slower than the backend's own probe: every interpreter is tried too. */
    examine: () => probeSandboxHost(host, async () => [...(await checkTools(tools)), await checkVenv()]),
  }
}
