/** Watches whether the platform's folders can be written and have room: what /readyz and doctor say of it. */
import { access, constants } from 'node:fs/promises'
import type { Clock } from '../domain/clock.ts'
import { startRepeating } from '../domain/repeat.ts'
import { readFreeBytes } from '../system/disk-use.ts'

type Check = {
  readonly id: string
  readonly area: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly found: string
  readonly fix: string | null
}

export interface StorageWatch {
  /** Of the last look: false where something cannot be written, or has no room. Calls go on, changes are refused. */
  isWritable(): boolean
  /** Looks now. */
  checks(): Promise<readonly Check[]>
  close(): void
}

const LOOK_MS = 2000
const MIB = 2 ** 20

/** @param folders by the name of their key in the configuration. @param reserveBytes read at each look */
export async function startStorageWatch(deps: {
  readonly folders: Readonly<Record<string, string>>
  readonly reserveBytes: () => number
  readonly clock: Clock
}): Promise<StorageWatch> {
  const look = () =>
    Promise.all(Object.entries(deps.folders).map(([name, path]) => check(name, path, deps.reserveBytes())))
  let last = await look()
  const close = startRepeating(deps.clock, LOOK_MS, async () => {
    last = await look()
  })
  return {
    isWritable: () => last.every(({ status }) => status === 'ok'),
    async checks() {
      last = await look()
      return last
    },
    close,
  }
}

async function check(name: string, path: string, reserve: number): Promise<Check> {
  const base = { id: `writable_${name}`, area: 'storage' }
  // A read-only file system refuses root too (access(2): EROFS).
  const refusal = await access(path, constants.W_OK).then(
    () => null,
    (error: NodeJS.ErrnoException) => error.code ?? 'EIO',
  )
  if (refusal !== null) {
    const why = refusal === 'EROFS' ? 'its file system is read-only' : refusal
    return {
      ...base,
      status: 'fail',
      found: `${path} cannot be written (${why}): changes are refused, running servers go on`,
      fix:
        refusal === 'EROFS'
          ? `mount -o remount,rw the file system of ${path}`
          : `Mend ${path}, or set ${name}.`,
    }
  }
  const free = await readFreeBytes(path)
  if (free === null || free > reserve) {
    return { ...base, status: 'ok', found: `${path} can be written`, fix: null }
  }
  return {
    ...base,
    status: 'fail',
    found: `${Math.floor(free / MIB)} MiB are free below ${path}: uploads are refused`,
    fix: 'haivemind cleanup --dry-run shows what can go; or move it to a larger disk.',
  }
}
