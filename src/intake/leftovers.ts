/** What deployments left on the disk that nothing uses: half received archives, work folders, trees, cached dependencies. */
import { measureDisk } from '../system/disk-use.ts'
import type { Installer } from './install/installer.ts'
import type { Staging } from './staging.ts'
import type { TreeStore } from './tree/tree-store.ts'

type Kind = 'upload' | 'staging' | 'tree' | 'cache'

type Leftover = {
  readonly kind: Kind
  readonly name: string
  /** What goes back to the disk with it alone. */
  readonly bytes: number
  /** Last changed or used, milliseconds since the epoch. */
  readonly at: number
}

export interface Leftovers {
  /** @param keep hashes of trees that versions name. Cached dependencies are all listed: how old is too old is not said here. */
  list(keep: readonly string[]): Promise<readonly Leftover[]>
  /** Returns the bytes that came free; 0 for what is in use by now. */
  remove(kind: Kind, name: string): Promise<number>
}

export function createLeftovers(parts: {
  readonly staging: Staging
  readonly store: TreeStore
  readonly installer: Installer
  /** Hashes of trees that deployments under way have made or found. */
  readonly heldTrees: () => Iterable<string>
}): Leftovers {
  const { staging, store, installer, heldTrees } = parts
  const pathOf: Readonly<Record<Kind, (name: string) => string>> = {
    upload: (name) => staging.uploadPathOf(name),
    staging: (name) => staging.workPathOf(name),
    tree: (name) => store.pathOf(name),
    cache: (name) => installer.cachePathOf(name),
  }
  const isHeld = (name: string) => new Set(heldTrees()).has(name)
  const removers: Readonly<Record<Kind, (name: string) => Promise<void>>> = {
    upload: (name) => staging.removeLeftUpload(name),
    staging: (name) => staging.removeLeftWork(name),
    tree: (name) => store.remove(name, () => !isHeld(name)),
    cache: (name) => installer.removeFromCache(name),
  }
  const describe = async (kind: Kind, name: string): Promise<Leftover> => {
    const { ownBytes, changedAt } = await measureDisk(pathOf[kind](name))
    return { kind, name, bytes: ownBytes, at: changedAt }
  }
  return {
    async list(keep) {
      const kept = new Set([...keep, ...heldTrees()])
      const names: readonly (readonly [Kind, string])[] = [
        ...(await staging.listLeftUploads()).map((name) => ['upload', name] as const),
        ...(await staging.listLeftWork()).map((name) => ['staging', name] as const),
        ...(await store.list()).filter((name) => !kept.has(name)).map((name) => ['tree', name] as const),
        ...(await installer.listCache()).map((name) => ['cache', name] as const),
      ]
      const found: Leftover[] = []
      // One after the other: there is no hurry, and others need the disk.
      for (const [kind, name] of names) found.push(await describe(kind, name))
      return found
    },
    async remove(kind, name) {
      const path = pathOf[kind](name)
      const before = await measureDisk(path)
      await removers[kind](name)
      const after = await measureDisk(path)
      return before.ownBytes - after.ownBytes
    },
  }
}
