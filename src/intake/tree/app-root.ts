/** Where the server begins in what was unpacked: many packers put everything into one directory. */
import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from '../../system/files.ts'

/** What the Finder of macOS adds to every zip; it holds nothing of the server's. */
const FINDER = '__MACOSX'

/**
 * Moves the server's files from `unpacked` to `appDir` (which must not exist). Returns one sentence for each thing
 * that was left out, as reasons. npm packs into package/, sdists into name-version/.
 */
export async function moveAppRoot(unpacked: string, appDir: string): Promise<readonly string[]> {
  const reasons: string[] = []
  const names = await readdir(unpacked)
  if (names.includes(FINDER)) {
    await removeTree(unpacked, join(unpacked, FINDER))
    reasons.push(`${FINDER}/, which macOS adds, was left out`)
  }
  const rest = await readdir(unpacked, { withFileTypes: true })
  const [only] = rest
  const wraps =
    rest.length === 1 && only?.isDirectory() === true && !(await isPackage(join(unpacked, only.name)))
  if (only === undefined || !wraps) {
    await rename(unpacked, appDir)
    return reasons
  }
  await rename(join(unpacked, only.name), appDir)
  return [...reasons, `Everything lay in ${only.name}/, which became /app`]
}

/** A Python package keeps its directory: its name is what is imported. */
async function isPackage(directory: string): Promise<boolean> {
  const names = await readdir(directory)
  return names.includes('__init__.py') || names.includes('__main__.py')
}
