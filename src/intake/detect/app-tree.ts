/** An unpacked archive as detection sees it: the list of its files, and bounded reads of a few. */
import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../domain/error.ts'

export interface AppTree {
  /** Files, relative to /app, sorted. */
  readonly paths: readonly string[]
  has(path: string): boolean
  hasDirectory(path: string): boolean
  /** Whole text, null when there is no such file. Throws AppError `invalid_config` above `maxBytes` (256 KiB). */
  read(path: string, maxBytes?: number): Promise<string | null>
  /** The first line, at most 256 bytes. */
  readFirstLine(path: string): Promise<string>
}

const MAX_TEXT_BYTES = 256 * 1024

/** @param root a tree of files and directories that nobody writes to meanwhile */
export async function openAppTree(root: string): Promise<AppTree> {
  const paths = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()
  return buildAppTree(paths, (path, maxBytes) => readStart(join(root, path), maxBytes))
}

export function buildAppTree(
  paths: readonly string[],
  readBytes: (path: string, maxBytes: number) => Promise<Buffer>,
): AppTree {
  const files = new Set(paths)
  const directories = new Set<string>()
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      directories.add(path.slice(0, end))
    }
  }
  return {
    paths,
    has: (path) => files.has(path),
    hasDirectory: (path) => directories.has(path),
    async read(path, maxBytes = MAX_TEXT_BYTES) {
      if (!files.has(path)) return null
      const bytes = await readBytes(path, maxBytes + 1)
      if (bytes.length > maxBytes) {
        throw new AppError('invalid_config', `${path} is larger than ${maxBytes} bytes`, {
          details: { source: path, path: '' },
        })
      }
      return bytes.toString('utf8').replace(/^\uFEFF/, '')
    },
    async readFirstLine(path) {
      if (!files.has(path)) return ''
      const bytes = await readBytes(path, 256)
      return bytes.toString('utf8').split('\n', 1)[0]?.trimEnd() ?? ''
    },
  }
}

async function readStart(path: string, maxBytes: number): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const buffer = Buffer.alloc(Math.min(maxBytes, (await handle.stat()).size))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
