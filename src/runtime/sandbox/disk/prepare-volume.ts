/** Brings a server's /data to its limit before a start: by quota, else by image, else by counting. */
import { chmod, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../../domain/error.ts'
import { isThere, removeTree } from '../../../system/files.ts'
import { listMounts } from '../../../system/process-table.ts'
import { giveTo, type Giver } from '../change-owner.ts'
import type { DiskMeans } from './disk-means.ts'
import { growImage, makeImage } from './disk-images.ts'
import { findQuotaMount, setProjectQuota } from './project-quota.ts'
import { imageOf, type Volume } from './volume.ts'

type Host = Giver & { readonly disk: DiskMeans }
type Wanted = { readonly dataDir: string; readonly uid: number | null; readonly diskMb: number }

/** Throws AppError `sandbox_failed` when files that are there already could not be reached: never an empty /data. */
export async function prepareVolume(host: Host, wanted: Wanted): Promise<Volume> {
  const means = host.disk
  const { dataDir, uid } = wanted
  const bytes = wanted.diskMb * 2 ** 20
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  if (await isThere(imageOf(dataDir))) return await openImage(means, dataDir, bytes)
  // As its owner: once it is a server's, a plain user has no rights over it.
  if ((await stat(dataDir)).uid === process.getuid?.()) await chmod(dataDir, 0o700)
  if (uid !== null) await giveTo(host, uid, [dataDir], { recursive: false })
  const counted = (why: string | null): Volume => ({ means: 'counted', source: dataDir, bytes, why })
  if (uid === null) return counted(means.why)
  const byQuota = await tryQuota(means, { dataDir, uid, bytes })
  if (byQuota === true) return { means: 'project', source: dataDir, bytes, why: null }
  if (means.images === null) return counted([byQuota, means.why].filter((text) => text !== null).join('; '))
  try {
    await makeImage(means.images, { file: imageOf(dataDir), bytes, uid, content: dataDir })
  } catch (error) {
    return counted(`its files could not be moved into a disk image: ${describe(error)}`)
  }
  return await openImage(means, dataDir, bytes)
}

async function openImage({ images, why }: DiskMeans, dataDir: string, wanted: number): Promise<Volume> {
  const source = imageOf(dataDir)
  if (images === null) {
    throw new AppError(
      'sandbox_failed',
      `Its files are in a disk image, and ${why ?? 'images cannot be used'}.`,
      {
        hint: 'Run the platform as it ran before: as root, where loop devices can be mounted.',
      },
    )
  }
  // What the image was made from, where the daemon ended before it could remove it.
  for (const name of await readdir(dataDir)) await removeTree(dataDir, join(dataDir, name))
  try {
    const grown = await growImage(images, source, wanted)
    const { size } = await stat(source)
    return { means: 'image', source, bytes: size, why: describeSize(size, wanted, grown) }
  } catch (error) {
    throw new AppError('sandbox_failed', `Its disk image could not be made larger: ${describe(error)}`, {
      cause: error,
    })
  }
}

function describeSize(size: number, wanted: number, grown: boolean): string | null {
  const mib = Math.round(size / 2 ** 20)
  if (!grown) return `it holds ${mib} MiB until the next start: it was still in use`
  return size > wanted ? `it holds ${mib} MiB: an image is never made smaller` : null
}

/** Null when the file system keeps no quotas; a text when it does and refused. */
async function tryQuota(
  { quota }: DiskMeans,
  at: { readonly dataDir: string; readonly uid: number; readonly bytes: number },
): Promise<true | string | null> {
  const mount = findQuotaMount(listMounts(), at.dataDir)
  if (mount === null) return null
  if (quota === null) return 'the file system keeps project quotas, but setquota is not installed'
  try {
    await setProjectQuota(quota, { ...at, mount })
    return true
  } catch (error) {
    return describe(error)
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
