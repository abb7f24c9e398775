/** The interpreters a sandbox can offer: from /usr where every uid reaches them, else as a private copy bound at /opt. */
import { createHash } from 'node:crypto'
import {
  chmod,
  constants,
  copyFile,
  mkdir,
  open,
  readFile,
  readdir,
  realpath,
  rename,
  unlink,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeFileDurable } from '../../system/files.ts'
import { createToken } from '../../system/random.ts'
import type { Bind } from './policy.ts'
import type { SandboxHost } from './open-host.ts'

export const INSIDE = {
  python: '/usr/bin/python3',
  bash: '/bin/bash',
  node: '/opt/node/bin/node',
} as const

export const SANDBOX_PATH = '/opt/node/bin:/usr/local/bin:/usr/bin:/bin'

export interface Interpreters {
  /** The host's directory for /opt/node, made at the first call. */
  nodeBind(): Promise<Bind>
}

export function createInterpreters(host: SandboxHost): Interpreters {
  let node: Promise<string> | undefined
  return {
    async nodeBind() {
      node ??= keepNode(host.dataDir).catch((error: unknown) => {
        node = undefined // the next call tries again
        throw error
      })
      return { source: await node, target: '/opt/node', writable: false }
    },
  }
}

/**
 * A copy of the very Node that runs the platform: its own place may lie where no server's uid reaches, and an
 * update of the platform must not change it under running servers. A copy that no longer has the hash recorded
 * beside it (a full disk, a damaged file) is made anew; running servers keep the file they have open.
 */
async function keepNode(dataDir: string): Promise<string> {
  const home = join(dataDir, 'runtimes', `node-${process.versions.node}`)
  const kept = join(home, 'bin', 'node')
  const recorded = await readFile(join(home, 'sha256'), 'utf8').catch(() => null)
  if (recorded !== null && recorded.trim() === (await hashFile(kept).catch(() => null))) return home
  await mkdir(dirname(kept), { recursive: true, mode: 0o755 })
  await removeHalfCopies(dirname(kept))
  const temporary = `${kept}.${createToken(6)}`
  try {
    await copyFile(process.execPath, temporary, constants.COPYFILE_FICLONE)
    await chmod(temporary, 0o555)
    await writeFileDurable(join(home, 'sha256'), `${await hashFile(temporary)}\n`, 0o444)
    // Not synced: a copy that a power failure spoilt has another hash, and is made anew.
    await rename(temporary, kept)
  } catch (error) {
    // On a full disk each try would leave as much as there was room for.
    await unlink(temporary).catch(() => undefined)
    throw error
  }
  return home
}

/** Of a daemon that was killed over it: one at a time uses this directory. */
async function removeHalfCopies(bin: string): Promise<void> {
  for (const name of await readdir(bin)) {
    if (name.startsWith('node.')) await unlink(join(bin, name))
  }
}

const HASH_CHUNK = 256 * 1024

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(path)
  try {
    // One buffer for all of it: a stream's chunks of an interpreter's size would stay resident in the daemon.
    const buffer = Buffer.alloc(HASH_CHUNK)
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, HASH_CHUNK, null)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

/** Every uid reaches what lies below /usr once links are resolved; a shim under somebody's home it does not. */
export async function isSystemProgram(path: string): Promise<boolean> {
  const real = await realpath(path).catch(() => '')
  return real.startsWith('/usr/')
}
