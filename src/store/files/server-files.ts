import { chmod, chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServerFiles } from '../../hosting/ports.ts'
import { listServerFolders, removeTree } from '../../system/files.ts'

/** `<root>/<server id>`: what a server sees as /data. Its name may change hands, its id never does. */
export function createServerFiles(root: string): ServerFiles {
  const dataDirOf = (serverId: string) => join(root, serverId)
  return {
    dataDirOf,
    async prepare(serverId, uid) {
      // The way in is closed to everybody else; the server itself gets it by a bind mount.
      await mkdir(root, { recursive: true, mode: 0o711 })
      const path = dataDirOf(serverId)
      await mkdir(path, { recursive: true, mode: 0o700 })
      await chmod(path, 0o700)
      if (uid !== null) await chown(path, uid, uid)
    },
    list: () => listServerFolders(root),
    remove: (serverId) => removeTree(root, dataDirOf(serverId)),
  }
}
