/** ext4's project quota: the kernel bounds what lies below one directory, in bytes and in files. */
import type { Mount } from '../../../system/process-table.ts'
import { runProcess, type ProcessResult } from '../../../system/spawn.ts'
import { BYTES_PER_FILE } from './volume.ts'

export type QuotaPrograms = Readonly<Record<'chattr' | 'setquota', string>>
type Run = (argv: readonly string[]) => Promise<Pick<ProcessResult, 'code' | 'stderr'>>

/** Where the quota of `path` would be kept, or null where its file system keeps none. */
export function findQuotaMount(mounts: readonly Mount[], path: string): string | null {
  const holding = mounts
    .filter(({ target }) => path === target || path.startsWith(target === '/' ? '/' : `${target}/`))
    // The last of equals lies on top.
    .reduce<Mount | null>(
      (found, mount) => (mount.target.length >= (found?.target.length ?? 0) ? mount : found),
      null,
    )
  if (holding === null || holding.type !== 'ext4' || !holding.options.includes('prjquota')) return null
  return holding.target
}

/**
 * The project is called after the uid, which no other server has; new files inherit it, and from inside a user
 * namespace it cannot be changed. Throws with the reason. @param files how many it may hold.
 */
export async function setProjectQuota(
  programs: QuotaPrograms,
  at: { readonly mount: string; readonly dataDir: string; readonly uid: number; readonly bytes: number },
  run: Run = async (argv) => await runProcess(argv, { environment: {}, timeoutMs: 60_000 }),
): Promise<void> {
  const project = String(at.uid)
  const blocks = String(Math.floor(at.bytes / 1024))
  const files = String(Math.floor(at.bytes / BYTES_PER_FILE))
  for (const argv of [
    [programs.chattr, '-R', '+P', '-p', project, '--', at.dataDir],
    [programs.setquota, '-P', project, '0', blocks, '0', files, at.mount],
  ]) {
    const { code, stderr } = await run(argv)
    if (code !== 0) throw new Error(`${argv[0]}: ${stderr.trim().slice(0, 500) || `ended with ${code}`}`)
  }
}
