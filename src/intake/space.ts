import { AppError } from '../domain/error.ts'
import { readFreeBytes } from '../system/disk-use.ts'

/** Throws `disk_full` before the disk is: what already runs needs the rest. @param reserve bytes that stay free */
export async function assertSpace(path: string, reserve: number): Promise<void> {
  const free = await readFreeBytes(path)
  if (free === null || free > reserve) return
  throw new AppError(
    'disk_full',
    `Less than ${Math.ceil(reserve / 2 ** 20)} MiB are free: nothing is taken in.`,
    {
      hint: 'Free space: haivemind cleanup --dry-run shows what can go; the operator sets disk.reserve_mb.',
    },
  )
}
