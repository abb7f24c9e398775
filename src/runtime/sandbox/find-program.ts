import { join } from 'node:path'
import { isThere } from '../../system/files.ts'

/** The absolute path of a system program, never through anybody's PATH; null when it is not installed. */
export async function findProgram(name: string): Promise<string | null> {
  for (const folder of ['/usr/bin', '/usr/sbin', '/bin', '/sbin']) {
    const path = join(folder, name)
    if (await isThere(path)) return path
  }
  return null
}
