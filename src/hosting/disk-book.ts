/** How much of the disk each server takes: added up now and then, in the background, and read from memory. */
import type { ServerId } from '../domain/id.ts'
import type { HostingDeps } from './context.ts'

export type ServerDisk = {
  /** Installed trees of all its versions; what it shares with others counts by its share, so that all add up. */
  readonly appBytes: number
  /** Null where the platform's user may not see it. */
  readonly dataBytes: number | null
  readonly logBytes: number
  /** Milliseconds since the epoch. */
  readonly at: number
}

export interface DiskBook {
  /** Null: not added up yet. */
  read(id: ServerId): ServerDisk | null
  /** Adds up what is due. While it goes on, another begins nothing. */
  refresh(): Promise<void>
}

const DUE_MS = 60_000
/** Adding up one server takes at most this part of the time. */
const SHARE = 20
/** So long one refresh adds up what is known already; what is not known yet, and is waited for, goes on for longer. */
const AGAIN_MS = 100
const FIRST_MS = 2000

type Entry = { readonly disk: ServerDisk; readonly due: number }

export function createDiskBook(
  deps: Pick<HostingDeps, 'servers' | 'versions' | 'intake' | 'files' | 'logs' | 'clock'>,
): DiskBook {
  const { clock } = deps
  let entries = new Map<ServerId, Entry>()
  let isBusy = false
  /** A tree never changes. What it shares with others does, when one comes or goes. */
  let trees = new Map<string, number>()
  let known = ''

  const noteTrees = (users: ReadonlyMap<string, number>) => {
    const now = [...users.keys()].sort().join()
    if (now !== known) trees = new Map()
    known = now
  }
  const measureTree = async (hash: string) => {
    const bytes = trees.get(hash) ?? (await deps.intake.measureTree(hash)).bytes
    trees.set(hash, bytes)
    return bytes
  }
  const measureApps = async (id: ServerId, users: ReadonlyMap<string, number>) => {
    const hashes = new Set((await deps.versions.list(id)).map(({ treeHash }) => treeHash))
    let bytes = 0
    for (const hash of hashes) bytes += (await measureTree(hash)) / (users.get(hash) ?? 1)
    return Math.round(bytes)
  }
  const measure = async (id: ServerId, users: ReadonlyMap<string, number>): Promise<Entry> => {
    const began = clock.monotonic()
    const appBytes = await measureApps(id, users)
    const dataBytes = await deps.files.measure(id)
    const logBytes = await deps.logs.measure(id)
    const took = clock.monotonic() - began
    return {
      disk: { appBytes, dataBytes, logBytes, at: clock.now() },
      due: clock.monotonic() + Math.max(DUE_MS, took * SHARE),
    }
  }
  const refresh = async () => {
    const servers = [...(await deps.servers.list()), ...(await deps.servers.listArchived())]
    // Servers that are gone are forgotten.
    const hosted = new Set(servers.map(({ id }) => id))
    entries = new Map([...entries].filter(([id]) => hosted.has(id)))
    const began = clock.monotonic()
    const dueOf = (id: ServerId) => entries.get(id)?.due ?? 0
    const due = [...hosted].filter((id) => dueOf(id) <= began).sort((a, b) => dueOf(a) - dueOf(b))
    if (due.length === 0) return
    const users = await deps.versions.countTreeUsers()
    noteTrees(users)
    for (const id of due) {
      const limit = entries.has(id) ? AGAIN_MS : FIRST_MS
      // The first one always, so that each has its turn however long one takes.
      if (id !== due[0] && clock.monotonic() - began > limit) return
      entries.set(id, await measure(id, users))
    }
  }
  return {
    read: (id) => entries.get(id)?.disk ?? null,
    async refresh() {
      if (isBusy) return
      isBusy = true
      try {
        await refresh()
      } finally {
        isBusy = false
      }
    },
  }
}
