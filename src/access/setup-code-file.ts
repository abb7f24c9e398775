import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SETUP_CODE_FILE } from '../domain/local-files.ts'
import { writeFileDurable } from '../system/files.ts'
import type { SetupCodeFile } from './ports.ts'

/** Readable by the owner of the data directory alone. */
export function createSetupCodeFile(dataDir: string): SetupCodeFile {
  const path = join(dataDir, SETUP_CODE_FILE)
  return {
    write: (code) => writeFileDurable(path, `${code}\n`, 0o600),
    remove: () => rm(path, { force: true }),
  }
}
