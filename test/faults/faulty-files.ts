/**
 * The file port with errors: every call of node:fs/promises, and of the handles that it opens, is counted; the one that
 * is chosen fails as a disk does. Imported first: what is imported afterwards gets these functions.
 */
import fs, { type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

export type Trouble = 'EIO' | 'ENOSPC' | 'EINTR' | 'short'

type Chosen = { readonly call: number; readonly trouble: Trouble }
let chosen: Chosen | null = null
let calls = 0
let hit: string | null = null

const CALLS = [
  'chmod',
  'copyFile',
  'link',
  'lstat',
  'mkdir',
  'open',
  'readdir',
  'readFile',
  'rename',
  'rm',
  'rmdir',
  'stat',
  'symlink',
  'unlink',
  'utimes',
  'writeFile',
] as const
const ON_HANDLES = ['appendFile', 'chmod', 'read', 'stat', 'sync', 'truncate', 'write', 'writeFile'] as const

type AnyCall = (...args: unknown[]) => Promise<unknown>

function wrap(owner: Record<string, AnyCall>, name: string, label: string): void {
  const original = owner[name]
  if (original === undefined) return
  owner[name] = async function (this: unknown, ...args: unknown[]) {
    if (chosen !== null && ++calls === chosen.call) {
      hit = label
      if (chosen.trouble !== 'short') {
        throw Object.assign(new Error(`${chosen.trouble}: ${label}`), { code: chosen.trouble })
      }
      const [data, offset] = args
      // As write(2) may: fewer bytes than it was given. Nothing else is ever short.
      if (label === 'handle.write' && data instanceof Uint8Array && data.length > 1) {
        const from = typeof offset === 'number' ? offset : 0
        return Reflect.apply(original, this, [data, from, Math.max(1, (data.length - from) >> 1)])
      }
    } else if (chosen === null) calls++
    return Reflect.apply(original, this, args)
  }
}

export async function installFaults(): Promise<void> {
  for (const name of CALLS) wrap(fs as unknown as Record<string, AnyCall>, name, name)
  syncBuiltinESMExports()
  const handle: FileHandle = await fs.open('/dev/null')
  const prototype = Object.getPrototypeOf(handle) as Record<string, AnyCall>
  await handle.close()
  for (const name of ON_HANDLES) wrap(prototype, name, `handle.${name}`)
}

/** How many calls `work` makes when nothing fails. */
export async function countCalls(work: () => Promise<unknown>): Promise<number> {
  chosen = null
  calls = 0
  await work()
  return calls
}

/** Null where `work` made fewer calls. */
export async function runWithFault(
  call: number,
  trouble: Trouble,
  work: () => Promise<unknown>,
): Promise<{ readonly at: string | null; readonly error: unknown }> {
  chosen = { call, trouble }
  calls = 0
  hit = null
  try {
    await work()
    return { at: hit, error: null }
  } catch (error) {
    return { at: hit, error }
  } finally {
    chosen = null
  }
}
