import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ADDRESS_FILE } from '../domain/local-files.ts'
import { writeFileDurable } from '../system/files.ts'

/**
 * The configuration cannot say which port 0 became, or what another environment set.
 * Answers what removes the file again, since an address that nobody listens on misleads.
 */
export async function writeAddress(dataDir: string, url: string): Promise<() => Promise<void>> {
  const path = join(dataDir, ADDRESS_FILE)
  await writeFileDurable(path, `${url}\n`, 0o600)
  return () => rm(path, { force: true })
}
