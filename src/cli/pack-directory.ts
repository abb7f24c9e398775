/** A directory → the bytes of a zip. The same files give the same bytes: sorted names, fixed times and modes. */
import { lstat, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DEFAULT_ARCHIVE_LIMITS } from '../domain/archive.ts'
import { AppError } from '../domain/error.ts'
import { buildZip, type ZipEntry } from '../domain/zip.ts'

/** Never packed, at any depth: version control, installed dependencies and caches. Listed in docs/cli.md. */
export const SKIPPED_NAMES: readonly string[] = [
  '.git',
  '.hg',
  '.svn',
  'node_modules',
  '.venv',
  'venv',
  '__pycache__',
  '.mypy_cache',
  '.pytest_cache',
  '.ruff_cache',
  '.tox',
  '.nox',
  '.npm',
  '.cache',
  '.DS_Store',
  'Thumbs.db',
]

export type PackedDirectory = {
  readonly bytes: Uint8Array
  readonly files: number
  /** Paths that were left out, relative to the directory. */
  readonly skipped: readonly string[]
}

/** Throws AppError `archive_rejected` for links and special files, and when the content is over the archive limits. */
export async function packDirectory(directory: string): Promise<PackedDirectory> {
  const entries: ZipEntry[] = []
  const skipped: string[] = []
  let total = 0

  const walk = async (inner: string): Promise<void> => {
    const names = (await readdir(join(directory, inner))).sort()
    for (const name of names) {
      const path = inner === '' ? name : `${inner}/${name}`
      if (SKIPPED_NAMES.includes(name)) {
        skipped.push(path)
        continue
      }
      const full = join(directory, path)
      const found = await lstat(full)
      if (found.isDirectory()) {
        await walk(path)
        continue
      }
      if (!found.isFile())
        throw refuse(path, found.isSymbolicLink() ? 'a symbolic link' : 'not a regular file')
      total += found.size
      if (total > DEFAULT_ARCHIVE_LIMITS.maxTotalBytes) {
        throw new AppError('archive_rejected', `${basename(directory)} is larger than 500 MiB`, {
          hint: 'Deploy the directory that holds the server only; built files and data do not belong into it.',
        })
      }
      const executable = (found.mode & 0o100) !== 0
      entries.push({ path, data: await readFile(full), mode: executable ? 0o755 : 0o644 })
    }
  }

  await walk('')
  if (entries.length === 0) {
    throw new AppError('archive_rejected', `there is nothing to pack in ${directory}`, {
      hint: 'Name the directory that holds the server.',
    })
  }
  return { bytes: await buildZip(entries), files: entries.length, skipped }
}

function refuse(path: string, what: string): AppError {
  return new AppError('archive_rejected', `${path} is ${what}`, {
    hint: 'Archives hold regular files only: replace it with a copy, or remove it.',
  })
}
