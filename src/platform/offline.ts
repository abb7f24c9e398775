/** What commands do on the data directory themselves, whether or not a daemon runs. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PlatformConfig } from '../config/schema.ts'
import type { AuditVerdict } from '../domain/audit.ts'
import type { IsolationTier } from '../domain/enforcement.ts'
import type { SelftestReport } from '../domain/selftest.ts'
import type { HostProbe } from '../runtime/ports.ts'
import { isPlain as isPlainWay } from '../runtime/sandbox/build-launch-arguments.ts'
import { openSandboxHost } from '../runtime/sandbox/open-host.ts'
import { openPassage } from '../runtime/sandbox/open-passage.ts'
import { runSelftest as attackSandbox } from '../runtime/sandbox/selftest/run-selftest.ts'
import { withSelftestFolder } from '../runtime/sandbox/selftest/selftest-folder.ts'
import { weakenHost } from '../runtime/sandbox/selftest/weaken-host.ts'
import { buildClosedSecretChecks } from '../store/secrets/secret-checks.ts'
import { verifyAudit as checkAudit } from '../store/audit/verify-audit.ts'
import { systemClock } from '../system/clock.ts'
import { forbidCoreDumps } from '../system/core-dumps.ts'
import { createLogger } from '../system/log.ts'
import { checkFiles as checkFilesAt, mendFiles } from './file-checks.ts'
import { auditDirOf, databasePathOf, makeDirectories } from './open-records.ts'
import { claimUids, openSandbox } from './open-sandbox.ts'

/** For `audit verify`, whether or not a daemon runs. */
export function verifyAudit(config: PlatformConfig, publicKey: string | undefined): Promise<AuditVerdict> {
  const path = databasePathOf(config)
  const dir = auditDirOf(config)
  return checkAudit({ path, dir, ...(publicKey === undefined ? {} : { publicKey }) })
}

/** For `doctor` without a daemon. */
export async function probeHost(config: PlatformConfig): Promise<HostProbe> {
  await makeDirectories(config)
  const supply = await claimUids(config)
  const probe = await (await openSandbox(config, createLogger(), { record: () => {} }, supply)).examine()
  return { ...probe, checks: [...probe.checks, ...buildClosedSecretChecks(!(await forbidCoreDumps()))] }
}

/** See file-checks.ts. */
export const checkFiles = (config: PlatformConfig) => checkFilesAt(config, systemClock)
export { mendFiles }

/**
 * For `selftest sandbox`. In a folder of its own with host uids of its own, so that a running daemon and its servers are
 * not disturbed; a weaker tier's plain processes have to pass through every folder above it.
 */
export async function runSelftest(
  config: PlatformConfig,
  tier: IsolationTier | null,
  interrupted: AbortSignal,
): Promise<SelftestReport> {
  await makeDirectories(config)
  const isPlain = tier === 'user' || tier === 'none'
  return await withSelftestFolder(isPlain ? tmpdir() : config.data_dir, async (dir) => {
    const weakest = config.security.min_isolation_tier
    const supply = await claimUids({ ...config, data_dir: dir, servers_dir: dir })
    const logger = createLogger().child('selftest')
    const host = await openSandboxHost({ dataDir: dir, supply, weakest, clock: systemClock, logger })
    const attacked = tier === null ? host : weakenHost(host, tier)
    // A data directory that no daemon has opened yet; its servers would have to pass through it as well.
    if (isPlainWay(attacked.way) && attacked.uids !== null)
      await openPassage(isPlain ? dir : config.data_dir, [join(dir, 'data')])
    return await attackSandbox(attacked, dir, tier === null ? weakest : null, interrupted)
  })
}
