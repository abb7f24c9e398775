/** Which errors of the system and of SQLite mean that the disk is full, or that it cannot be written at all. */

/** Extended result codes hold the primary one in their low byte (sqlite.org/rescode.html). */
const SQLITE = { full: 13, readOnly: 8, ioError: 10, cantOpen: 14 } as const
/** SQLITE_IOERR_SHMSIZE: the shared memory file of the WAL could not grow. */
const SHM_SIZE = 10 | (19 << 8)

export type StorageTrouble = 'disk_full' | 'storage_failed'

/** Null: it means neither. Causes are looked at too: whoever wraps one hides nothing. */
export function findStorageTrouble(error: unknown): StorageTrouble | null {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++) {
    const found = judge(each as Error & { readonly code?: unknown; readonly errcode?: unknown })
    if (found !== null) return found
  }
  return null
}

function judge({
  code,
  errcode,
}: {
  readonly code?: unknown
  readonly errcode?: unknown
}): StorageTrouble | null {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'disk_full'
  if (code === 'EROFS' || code === 'EIO') return 'storage_failed'
  if (typeof errcode !== 'number') return null
  if (errcode === SHM_SIZE || (errcode & 0xff) === SQLITE.full) return 'disk_full'
  const primary = errcode & 0xff
  const isBroken = primary === SQLITE.readOnly || primary === SQLITE.ioError || primary === SQLITE.cantOpen
  return isBroken ? 'storage_failed' : null
}
