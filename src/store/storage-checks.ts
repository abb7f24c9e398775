/** For doctor: the folders and files that the platform keeps, before anything of it is opened. */
import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

type Check = {
  readonly id: string
  readonly area: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly found: string
  readonly fix: string | null
}

export type Storage = {
  /** By the name of its key in the configuration. */
  readonly folders: Readonly<Record<string, string>>
  /** Files that nobody else may read, by what they are. */
  readonly secretFiles: Readonly<Record<string, string>>
  readonly minFreeBytes: number
}

const MIB = 2 ** 20

export async function checkStorage({
  folders,
  secretFiles,
  minFreeBytes,
}: Storage): Promise<readonly Check[]> {
  const checks = [
    ...Object.entries(folders).map(([name, path]) => checkFolder(name, path)),
    ...Object.entries(secretFiles).map(([name, path]) => checkSecretFile(name, path)),
    ...Object.entries(folders)
      .slice(0, 1)
      .map(([, path]) => checkSpace(path, minFreeBytes)),
  ]
  return Promise.all(checks)
}

async function checkFolder(name: string, path: string): Promise<Check> {
  const base = { id: `folder_${name}`, area: 'storage' }
  const facts = await stat(path).catch((error: NodeJS.ErrnoException) => error.code ?? 'EIO')
  if (facts === 'ENOENT') return await checkParent(base, path)
  if (typeof facts === 'string') {
    return {
      ...base,
      status: 'fail',
      found: `${path} cannot be reached (${facts})`,
      fix: `Set ${name} to another folder, or mend the path.`,
    }
  }
  if (!facts.isDirectory()) {
    return {
      ...base,
      status: 'fail',
      found: `${path} is no folder`,
      fix: `Move it away, or set ${name} to another folder.`,
    }
  }
  const uid = process.getuid?.() ?? 0
  if (!(await isWritable(path))) {
    return {
      ...base,
      status: 'fail',
      found: `${path} cannot be written by this user`,
      fix: `chown -R ${uid} ${path}`,
    }
  }
  // Passing (o+x) is what tier user needs of it; reading is nobody's business.
  const isOpen = (facts.mode & 0o066) !== 0
  return {
    ...base,
    status: isOpen ? 'warn' : 'ok',
    found: isOpen
      ? `other users may read or write ${path} (mode ${(facts.mode & 0o777).toString(8)})`
      : `${path} is private`,
    fix: isOpen ? `chmod 700 ${path}` : null,
  }
}

/** A folder that is not there yet is made at the first start, if it can be. */
async function checkParent(base: Pick<Check, 'id' | 'area'>, path: string): Promise<Check> {
  let parent = dirname(path)
  while (parent !== '/' && (await stat(parent).catch(() => null)) === null) parent = dirname(parent)
  if (await isWritable(parent))
    return { ...base, status: 'ok', found: `${path} is made at the first start`, fix: null }
  const found = `${path} is not there, and ${parent} cannot be written by this user`
  return {
    ...base,
    status: 'fail',
    found,
    fix: `As root: install -d -m 700 -o ${process.getuid?.() ?? 0} ${path}`,
  }
}

async function checkSecretFile(name: string, path: string): Promise<Check> {
  const base = { id: `file_${name}`, area: 'storage' }
  const facts = await stat(path).catch(() => null)
  if (facts === null) return { ...base, status: 'ok', found: `${path} is not there yet`, fix: null }
  const isOpen = (facts.mode & 0o077) !== 0
  return {
    ...base,
    status: isOpen ? 'fail' : 'ok',
    found: isOpen
      ? `other users may read ${path} (mode ${(facts.mode & 0o777).toString(8)})`
      : `${path} is private`,
    fix: isOpen ? `chmod 600 ${path}, and replace what it held: it may have been read` : null,
  }
}

async function checkSpace(path: string, minFreeBytes: number): Promise<Check> {
  const base = { id: 'free_space', area: 'storage' }
  const facts = await statfs(path).catch(() => null)
  if (facts === null) return { ...base, status: 'ok', found: `${path} is not there yet`, fix: null }
  const free = facts.bavail * facts.bsize
  const mib = Math.floor(free / MIB)
  if (free >= minFreeBytes)
    return { ...base, status: 'ok', found: `${mib} MiB are free below ${path}`, fix: null }
  const fix = 'Delete old versions (haivemind delete, haivemind versions) or move data_dir to a larger disk.'
  return { ...base, status: 'warn', found: `only ${mib} MiB are free below ${path}`, fix }
}

function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
}
