/** What commands do on the data directory themselves, whether or not a daemon runs. */
import type { PlatformConfig } from '../config/schema.ts'
import type { AuditVerdict } from '../domain/audit.ts'
import type { HostProbe } from '../runtime/ports.ts'
import { verifyAudit as checkAudit } from '../store/audit/verify-audit.ts'
import { createLogger } from '../system/log.ts'
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
  return (await openSandbox(config, createLogger(), { record: () => {} }, supply)).examine()
}
