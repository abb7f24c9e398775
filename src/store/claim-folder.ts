import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../domain/error.ts'
import { writeFileDurable } from '../system/files.ts'

const OWNER_FILE = '.owner'

/**
 * Makes `folder` this installation's, for good: cleaning up removes what this database does not know, which in another
 * installation's folder is everything. Throws AppError `data_in_use`, with nothing changed, when it is another's.
 */
export async function claimFolder(folder: string, installationId: string): Promise<void> {
  const path = join(folder, OWNER_FILE)
  const owner = readOwner(path)
  if (owner === installationId) return
  if (owner !== null) {
    throw new AppError('data_in_use', `${folder} belongs to another data directory's installation.`, {
      hint: `Give each data_dir a servers_dir and a logs_dir of its own; or, where that installation is gone, remove ${path}.`,
      details: { folder },
    })
  }
  await writeFileDurable(path, `${installationId}\n`, 0o600)
}

function readOwner(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
