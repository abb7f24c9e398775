/** The first word of a start command, resolved on the host as the sandbox would: what is missing is refused before the start. */
import { lstat, readlink, stat } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { AppError } from '../../domain/error.ts'
import { INSIDE } from './interpreters.ts'

const WORDS: ReadonlyMap<string, string> = new Map([
  ['python', INSIDE.python],
  ['python3', INSIDE.python],
  ['node', INSIDE.node],
  ['bash', INSIDE.bash],
  ['sh', '/bin/sh'],
])

/** How the sandbox's paths read on the host. */
export type PathView = {
  readonly appDir: string
  /** Null when Node is not bound. */
  readonly nodeDir: string | null
}

/**
 * @returns the program's path as inside, for example '/usr/bin/python3' or '/app/run.sh'.
 * Throws AppError `command_not_found`.
 */
export async function resolveProgram(word: string, view: PathView): Promise<string> {
  const inside = WORDS.get(word) ?? (word.startsWith('/') ? normalize(word) : join('/app', word))
  const host = await followInside(inside, view)
  const facts = host === null ? null : await stat(host).catch(() => null)
  if (facts === null) {
    throw new AppError('command_not_found', `The start command ${JSON.stringify(word)} does not exist.`, {
      hint: `Use one of ${[...WORDS.keys()].join(', ')}, or a file of the archive such as /app/server.sh.`,
    })
  }
  if (!facts.isFile() || (facts.mode & 0o111) === 0) {
    throw new AppError('command_not_found', `The start command ${JSON.stringify(word)} is not executable.`, {
      hint: 'Name its interpreter first, for example ["bash", "server.sh"], or pack it with the executable bit.',
    })
  }
  return inside
}

const MAX_LINKS = 20

/** Follows links one by one, each read as inside: an absolute link in /app means the sandbox's root, not the host's. */
async function followInside(path: string, view: PathView): Promise<string | null> {
  let rest = path.split('/').filter(Boolean)
  let done = '/'
  for (let links = 0; rest.length > 0;) {
    const [part = '', ...after] = rest
    rest = after
    if (part === '..') {
      done = dirname(done)
      continue
    }
    const next = join(done, part)
    if (next === '/opt') {
      done = next // holds nothing but what is bound below it
      continue
    }
    const host = toHost(next, view)
    const facts = host === null ? null : await lstat(host).catch(() => null)
    if (host === null || facts === null) return null
    if (!facts.isSymbolicLink()) {
      done = next
      continue
    }
    if (++links > MAX_LINKS) return null
    const target = await readlink(host)
    if (target.startsWith('/')) done = '/'
    rest = [...target.split('/').filter((name) => name !== '' && name !== '.'), ...rest]
  }
  return toHost(done, view)
}

/** Null for what the sandbox does not show. */
function toHost(path: string, { appDir, nodeDir }: PathView): string | null {
  if (path === '/app' || path.startsWith('/app/')) return join(appDir, path.slice('/app'.length))
  if (nodeDir !== null && (path === '/opt/node' || path.startsWith('/opt/node/'))) {
    return join(nodeDir, path.slice('/opt/node'.length))
  }
  return /^\/(?:usr|bin|sbin|lib|lib64|etc\/alternatives)(?:\/|$)/.test(path) || path === '/etc' ? path : null
}
