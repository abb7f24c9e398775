import { join } from 'node:path'
import { writeFileDurable } from '../system/files.ts'

/** The command line of the data directory's owner reads it: no login on the same machine. */
const CLI_TOKEN_FILE = 'cli-token'

/** Replaces the file of the run before; its token died with that run. */
export async function writeCliToken(dataDir: string, text: string): Promise<void> {
  await writeFileDurable(join(dataDir, CLI_TOKEN_FILE), `${text}\n`, 0o600)
}
