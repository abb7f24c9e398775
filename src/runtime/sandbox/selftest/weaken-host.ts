/** The same host as a weaker tier would have it, so that its table can be seen without giving anything up for good. */
import { AppError } from '../../../domain/error.ts'
import type { IsolationTier } from '../../../domain/enforcement.ts'
import { NO_IMAGES, type SandboxHost } from '../open-host.ts'

/** Throws AppError `usage` when this user cannot have that tier. */
export function weakenHost(host: SandboxHost, tier: IsolationTier): SandboxHost {
  const isRoot = process.getuid?.() === 0
  if (tier === 'strong') return host
  if (tier === 'namespaces') return { ...host, groups: null, groupsFound: 'left out for this test' }
  if (tier === 'user') {
    if (!isRoot) throw new AppError('usage', 'Tier user needs root, who alone gives a process another uid.')
    return bePlain(host, 'user')
  }
  if (isRoot) throw new AppError('usage', 'Tier none is a plain user’s: nothing ever runs as root.')
  return { ...bePlain(host, 'none'), uids: null, holder: null }
}

function bePlain(host: SandboxHost, way: 'user' | 'none'): SandboxHost {
  return { ...host, way, launch: { ...host.launch, way }, disk: NO_IMAGES }
}
