/**
 * A disk that forgets, as POSIX allows it to: after a power failure a file holds what it held at its last fsync, and a
 * directory the names that it had at its last fsync. What was never synced is not there. SQLite syncs below Node, and
 * is not seen here; neither is sync(1), which the trees of versions are flushed with.
 */
import {
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  type BigIntStats,
} from 'node:fs'
import fs from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'

export interface VolatileDisk {
  /** What would be there after a power failure at this moment, in the new folder `target`. */
  keepTo(target: string): void
  /** Ends the watching. */
  close(): void
}

const keyOf = (facts: BigIntStats) =>
  `${facts.isDirectory() ? 'folder' : 'file'}:${facts.ino}:${facts.birthtimeNs}`

/**
 * @param root everything in it counts as synced now
 * @param onSync is called before and after each fsync: the moments between which a failure makes a difference
 */
export async function openVolatileDisk(root: string, onSync: () => void = () => {}): Promise<VolatileDisk> {
  const files = new Map<string, Buffer>()
  const folders = new Map<string, ReadonlyMap<string, string>>()
  const keep = (path: string, facts: BigIntStats) => {
    if (facts.isDirectory()) {
      const names = readdirSync(path).map((name): [string, string] => [
        name,
        keyOf(lstatSync(join(path, name), { bigint: true })),
      ])
      folders.set(keyOf(facts), new Map(names))
    } else files.set(keyOf(facts), readFileSync(path))
  }
  const keepAll = (path: string) => {
    const facts = lstatSync(path, { bigint: true })
    keep(path, facts)
    if (facts.isDirectory()) for (const name of readdirSync(path)) keepAll(join(path, name))
  }
  keepAll(root)
  const note = (descriptor: number) =>
    keep(`/proc/self/fd/${descriptor}`, fstatSync(descriptor, { bigint: true }))

  const handle = await open('/dev/null')
  const prototype = Object.getPrototypeOf(handle) as Pick<FileHandle, 'sync'>
  await handle.close()
  const original = { sync: prototype.sync, fsyncSync }
  prototype.sync = async function (this: FileHandle) {
    onSync()
    await original.sync.call(this)
    note(this.fd)
    onSync()
  }
  fs.fsyncSync = (descriptor) => {
    onSync()
    original.fsyncSync(descriptor)
    note(descriptor)
    onSync()
  }
  syncBuiltinESMExports()

  const write = (key: string, target: string) => {
    if (key.startsWith('file')) {
      writeFileSync(target, files.get(key) ?? '', { mode: 0o600 })
      return
    }
    mkdirSync(target)
    for (const [name, inner] of folders.get(key) ?? []) write(inner, join(target, name))
  }
  const top = keyOf(lstatSync(root, { bigint: true }))
  return {
    keepTo: (target) => write(top, target),
    close() {
      prototype.sync = original.sync
      fs.fsyncSync = original.fsyncSync
      syncBuiltinESMExports()
    },
  }
}
