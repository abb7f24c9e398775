/** Installed trees by their hash: published once, read-only, shared by every version that is the same. */
import { chmod, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree, renameUnlessThere, syncDirectory } from '../../system/files.ts'
import { runProcess } from '../../system/spawn.ts'

export interface TreeStore {
  pathOf(treeHash: string): string
  /** Moves a sealed tree into the store; one that is there already stays, and `path` is left to the caller. */
  publish(path: string, treeHash: string): Promise<'published' | 'reused'>
  list(): Promise<readonly string[]>
  /** Unless `isFree` says otherwise at the last moment; whoever publishes the same meanwhile waits and makes it anew. */
  remove(treeHash: string, isFree: () => boolean): Promise<void>
}

/** A disk that takes longer for it is broken; the deployment ends instead of hanging. */
const FLUSH_MS = 300_000
const TREE_HASH = /^[0-9a-f]{64}$/

/** @param directory is made if missing; it lies on the same file system as what is published */
export async function openTreeStore(directory: string): Promise<TreeStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const pathOf = (treeHash: string) => {
    if (!TREE_HASH.test(treeHash)) throw new Error(`not a tree hash: ${treeHash}`)
    return join(directory, treeHash)
  }
  const removals = new Map<string, Promise<void>>()
  return {
    pathOf,
    async publish(path, treeHash) {
      const target = pathOf(treeHash)
      await removals.get(treeHash)?.catch(() => undefined)
      if ((await stat(target).catch(() => null)) !== null) return 'reused'
      await flush(path)
      // Renaming a directory writes its `..`, so it is closed only afterwards.
      if (!(await renameUnlessThere(path, target))) return 'reused'
      await chmod(target, 0o555)
      await syncDirectory(directory)
      return 'published'
    },
    // What else lies there is nobody's business here.
    list: async () => (await readdir(directory)).filter((name) => TREE_HASH.test(name)),
    async remove(treeHash, isFree) {
      if (!isFree()) return
      const removal = removeTree(directory, join(directory, treeHash))
      removals.set(treeHash, removal)
      try {
        await removal
      } finally {
        if (removals.get(treeHash) === removal) removals.delete(treeHash)
      }
    },
  }
}

/** The file system's dirty pages, in one call: an fsync for each file of a large tree takes minutes. */
async function flush(path: string): Promise<void> {
  const argv = ['/usr/bin/sync', '--file-system', path]
  const { code, stderr } = await runProcess(argv, { environment: {}, timeoutMs: FLUSH_MS })
  if (code !== 0) throw new Error(`sync of ${path} failed: ${stderr.trim() || `code ${code}`}`)
}
