/** What this host has to bound /data with, found by trying. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runProcess } from '../../../system/spawn.ts'
import { createToken } from '../../../system/random.ts'
import { findProgram } from '../find-program.ts'
import { TRY_MOUNT } from '../launcher-scripts.ts'
import { makeImage, type DiskPrograms } from './disk-images.ts'
import type { QuotaPrograms } from './project-quota.ts'

export type DiskMeans = {
  /** Null where images cannot be made and mounted. */
  readonly images: DiskPrograms | null
  /** Null where the programs are missing; whether a file system keeps quotas is seen at each directory. */
  readonly quota: QuotaPrograms | null
  /** Why no images, one sentence; null when there are. */
  readonly why: string | null
  /** The command that adds what is missing. */
  readonly fix: string | null
}

const TRIAL_BYTES = 16 * 2 ** 20

/** @param folder private, for the trial. @param empty an empty directory. */
export async function findDiskMeans(isRoot: boolean, folder: string, empty: string): Promise<DiskMeans> {
  const quota = await findAll(['chattr', 'setquota'])
  if (!isRoot) {
    const why = 'only root mounts disk images and sets quotas'
    return {
      images: null,
      quota: null,
      why,
      fix: 'Run the platform as root, in a virtual machine if need be.',
    }
  }
  const images = await findAll(['mkfs.ext4', 'e2fsck', 'resize2fs', 'debugfs', 'losetup', 'flock'])
  if (images === null) {
    return {
      images: null,
      quota,
      why: 'e2fsprogs or the loop tools of util-linux are not installed',
      fix: 'Install them: apt-get install e2fsprogs mount util-linux.',
    }
  }
  const why = await tryImage(images, join(folder, `trial-${createToken(6)}.img`), empty)
  const fix =
    'Load the loop module (modprobe loop) and let the platform mount: CAP_SYS_ADMIN, /dev/loop-control.'
  return { images: why === null ? images : null, quota, why, fix: why === null ? null : fix }
}

async function findAll<N extends string>(names: readonly N[]): Promise<Readonly<Record<N, string>> | null> {
  const found = await Promise.all(names.map(findProgram))
  if (found.includes(null)) return null
  return Object.fromEntries(names.map((name, index) => [name, found[index]])) as Record<N, string>
}

async function tryImage(images: DiskPrograms, file: string, empty: string): Promise<string | null> {
  try {
    await makeImage(images, { file, bytes: TRIAL_BYTES, uid: 0, content: empty })
    const chain = ['unshare', '--mount', '--propagation', 'private', '--', '/bin/sh', '-c', TRY_MOUNT, 'sh']
    const [unshare = '', ...rest] = chain
    const program = (await findProgram(unshare)) ?? unshare
    const result = await runProcess([program, ...rest, file, empty], { environment: {}, timeoutMs: 20_000 })
    return result.code === 0
      ? null
      : `a disk image cannot be mounted: ${result.stderr.trim().replaceAll(/\s+/g, ' ').slice(0, 300)}`
  } catch (error) {
    return `a disk image cannot be made: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    await rm(file, { force: true })
  }
}
