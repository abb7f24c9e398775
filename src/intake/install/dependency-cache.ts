/** Installed dependencies by what they were made from, so that the same ones are linked instead of installed again. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/error.ts'
import { decodeJson } from '../../domain/json.ts'
import {
  copyTree,
  linkTree,
  removeTree,
  renameUnlessThere,
  syncDirectory,
  writeFileDurable,
} from '../../system/files.ts'

export interface DependencyCache {
  /** Puts the entry's tree at `target`, which must not exist; what its install had to say, null without an entry. */
  restore(key: string, target: string): Promise<readonly string[] | null>
  /**
   * A copy in `workshop`, beside the tree that is being made; `keep` publishes it, and without that it goes with
   * the workshop.
   */
  capture(
    key: string,
    install: { readonly tree: string; readonly notices: readonly string[]; readonly workshop: string },
  ): Promise<{ keep(): Promise<void> }>
  list(): Promise<readonly string[]>
  /** Its time of change is when it was used last. */
  pathOf(name: string): string
  remove(name: string): Promise<void>
}

const TREE = 'tree'
const NOTICES = 'notices.json'
const NOTICE_LIST = z.array(z.string())

/** Everything that decides what an installer makes. */
export type CacheKeyParts = {
  readonly runtime: string
  readonly installer: string
  readonly mode: string
  readonly manifests: readonly string[]
  readonly sources: unknown
  /** Without exact versions the newest ones are taken, so that an entry is good for one day. */
  readonly day: number | null
}

export function buildCacheKey(parts: CacheKeyParts): string {
  const platform = [process.platform, process.arch]
  const manifests = parts.manifests.map((text) => createHash('sha256').update(text).digest('hex'))
  const whole = JSON.stringify({ layout: 2, platform, ...parts, manifests })
  return createHash('sha256').update(whole).digest('hex')
}

/** @param directory on the file system of the trees */
export async function openDependencyCache(directory: string, clock: Clock): Promise<DependencyCache> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  return {
    async restore(key, target) {
      const entry = join(directory, key)
      if ((await stat(entry).catch(() => null)) === null) return null
      const notices = await readNotices(join(entry, NOTICES))
      if (notices === null) {
        await removeTree(directory, entry)
        return null
      }
      // First, so that no pruning takes it away meanwhile.
      const now = clock.now() / 1000
      await utimes(entry, now, now)
      await linkOrCopy(join(entry, TREE), target)
      return notices
    },
    async capture(key, { tree, notices, workshop }) {
      const candidate = join(workshop, 'for-cache')
      await mkdir(candidate)
      await linkOrCopy(tree, join(candidate, TREE))
      await writeFileDurable(join(candidate, NOTICES), JSON.stringify(notices), 0o600)
      return {
        async keep() {
          // Whoever was first stays: both were made from the same.
          if (await renameUnlessThere(candidate, join(directory, key))) await syncDirectory(directory)
        },
      }
    },
    list: () => readdir(directory),
    pathOf: (name) => join(directory, name),
    remove: (name) => removeTree(directory, join(directory, name)),
  }
}

/** Null for an entry that a power loss left without: it is made anew. */
async function readNotices(path: string): Promise<readonly string[] | null> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return NOTICE_LIST.safeParse(decodeJson(text)).data ?? null
}

/** Files are shared by hard link; they are read-only. Some file systems, and 65 000 links, allow no more. */
async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await linkTree(source, target)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === null)
      throw new AppError('install_failed', `What was installed cannot be kept: ${String(error)}`)
    if (code !== 'EXDEV' && code !== 'EMLINK' && code !== 'EPERM') throw error
    await removeTree(join(target, '..'), target)
    await copyTree(source, target)
  }
}
