import { join } from 'node:path'
import { CLI_TOKEN_FILE } from '../domain/local-files.ts'
import { writeFileDurable } from '../system/files.ts'

/** Replaces the file of the run before; its token died with that run. */
export async function writeCliToken(dataDir: string, text: string): Promise<void> {
  await writeFileDurable(join(dataDir, CLI_TOKEN_FILE), `${text}\n`, 0o600)
}
