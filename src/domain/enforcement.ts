/**
 * What is really in force for one instance, planned from the probe and read back from the live process.
 * hard: the kernel refuses or kills, for the whole server. soft: per process, or polled. none: nothing.
 */
export const LEVELS = ['hard', 'soft', 'none'] as const
export type Level = (typeof LEVELS)[number]
export type Protection = { readonly level: Level; readonly by: string; readonly why: string | null }

export const PROTECTIONS = ['fs', 'net', 'seccomp', 'memory', 'cpu', 'pids', 'open_files', 'disk'] as const
export type ProtectionName = (typeof PROTECTIONS)[number]

export type Enforcement = { readonly uid: 'distinct' | 'platform' } & Readonly<
  Record<ProtectionName, Protection>
>

export const ISOLATION_TIERS = ['none', 'user', 'namespaces', 'strong'] as const
export type IsolationTier = (typeof ISOLATION_TIERS)[number]

/** The tier that a record proves: strong needs a uid of its own and every limit hard (disk and open files aside). */
export function tierOf(record: Enforcement): IsolationTier {
  const hard = (names: readonly ProtectionName[]) => names.every((name) => record[name].level === 'hard')
  if (hard(['fs', 'net', 'seccomp'])) {
    return record.uid === 'distinct' && hard(['memory', 'cpu', 'pids']) ? 'strong' : 'namespaces'
  }
  return record.uid === 'distinct' ? 'user' : 'none'
}

export function isAtLeast(tier: IsolationTier, minimum: IsolationTier): boolean {
  return ISOLATION_TIERS.indexOf(tier) >= ISOLATION_TIERS.indexOf(minimum)
}
