/** A file system of its own for a data directory: small, so that it fills, and mounted anew, so that it can be read-only. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FaultContext } from './fault.ts'

export type SmallDisk = {
  readonly path: string
  readonly dataDir: string
  /** To the last byte. */
  fill(): void
  free(): void
  remount(how: 'ro' | 'rw'): void
}

/** Null where nothing may be mounted. Unmounted when the fault has ended: open a platform on it after. */
export function mountSmallDisk(c: FaultContext, megabytes: number): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), 'haivemind-small-'))
  c.defer(() => rmSync(path, { recursive: true, force: true }))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'pipe' })
  } catch {
    c.note('nothing may be mounted here: not run')
    return null
  }
  c.defer(() => void execFileSync('umount', ['--lazy', path]))
  const dataDir = join(path, 'data')
  mkdirSync(dataDir, { mode: 0o700 })
  const filler = join(path, 'filler')
  return {
    path,
    dataDir,
    fill() {
      const file = openSync(filler, 'a')
      const data = Buffer.alloc(65_536)
      for (let size = data.length; size >= 1;) {
        try {
          writeSync(file, data.subarray(0, size))
        } catch {
          size = Math.floor(size / 4)
        }
      }
      closeSync(file)
    },
    free: () => rmSync(filler, { force: true }),
    remount: (how) => void execFileSync('mount', ['-o', `remount,${how}`, path]),
  }
}

/** Status and problem of a request by the token. */
export async function ask(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ readonly status: number; readonly code: string | null }> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const problem = text.startsWith('{') ? (JSON.parse(text) as { readonly code?: string }) : {}
  return { status: response.status, code: problem.code ?? null }
}
