import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServerFiles } from '../../hosting/ports.ts'
import { measureDisk } from '../../system/disk-use.ts'
import { listServerFolders } from '../../system/files.ts'

/**
 * `<root>/<server id>`: what a server sees as /data, or `<root>/<server id>.img` with an empty directory beside it,
 * where a disk image holds it. A server's name may change hands, its id never does.
 */
export function createServerFiles(
  root: string,
  /** Removes one path below `root`, whoever owns what is in it. */
  remove: (root: string, path: string) => Promise<void>,
): ServerFiles {
  const dataDirOf = (serverId: string) => join(root, serverId)
  return {
    dataDirOf,
    async prepare(serverId) {
      // The way in is closed to everybody else; the server itself gets it by a bind mount.
      await mkdir(root, { recursive: true, mode: 0o711 })
      await mkdir(dataDirOf(serverId), { recursive: true, mode: 0o700 })
    },
    async measure(serverId) {
      // A mounted image counts by its file, not by what is in it.
      const image = await measureDisk(`${dataDirOf(serverId)}.img`)
      if (image.bytes > 0) return image.bytes
      const { bytes, isWhole } = await measureDisk(dataDirOf(serverId))
      return isWhole ? bytes : null
    },
    async list() {
      return await listServerFolders(root)
    },
    async remove(serverId) {
      // The directory last: it is what says that there is something to remove.
      for (const ending of ['.img', '.img.new', '.img.growing', '']) {
        await remove(root, `${dataDirOf(serverId)}${ending}`)
      }
    },
  }
}
