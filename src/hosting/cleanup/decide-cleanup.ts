import type {
  CleanupFacts,
  CleanupItem,
  CleanupPolicy,
  LeftoverFact,
  ServerFact,
  VersionFact,
} from './cleanup-item.ts'
import { chooseSpare } from './spare-versions.ts'

export const DAY_MS = 86_400_000

/** What goes by its age: not while the clock cannot be trusted. */
export const BY_AGE: ReadonlySet<CleanupItem['target']['kind']> = new Set([
  'cache',
  'log',
  'records',
  'server',
  'archive',
])

/**
 * Pure: everything that may go, and why. A list to look at and to act on alike. What anything refers to is not in it.
 * @param now wall clock, milliseconds since the epoch
 */
export function decideCleanup(
  facts: CleanupFacts,
  now: number,
  policy: CleanupPolicy,
): readonly CleanupItem[] {
  return [
    ...facts.leftovers.flatMap((leftover) => decideLeftover(leftover, now, policy)),
    ...facts.strays.map(({ serverId, bytes }) => ({
      target: { kind: 'stray', serverId } as const,
      what: `files of ${serverId}`,
      why: 'No server has this id any more.',
      bytes,
      at: null,
    })),
    ...facts.servers.flatMap((server) => [
      ...decideEnd('server', server, 0, now),
      ...decideVersions(server, policy),
      ...decideLogs(server, now, policy),
    ]),
    ...facts.archived.flatMap((server) => decideEnd('archive', server, server.bytes, now)),
    ...facts.records.flatMap(({ name, count, days }) =>
      count === 0
        ? []
        : [
            {
              target: { kind: 'records', name } as const,
              what: `${count} ${name}`,
              why: `They are older than ${days} days; what they took is used again.`,
              bytes: 0,
              at: null,
            },
          ],
    ),
  ]
}

const LEFTOVER: Readonly<Record<LeftoverFact['kind'], { readonly what: string; readonly why: string }>> = {
  upload: { what: 'upload', why: 'No deployment works with this archive.' },
  staging: { what: 'work folder', why: 'The deployment that made it has ended.' },
  tree: { what: 'installed tree', why: 'No version names it.' },
  cache: { what: 'cached dependencies', why: '' },
}

function decideLeftover(
  { kind, name, bytes, at }: LeftoverFact,
  now: number,
  { cacheDays }: CleanupPolicy,
): readonly CleanupItem[] {
  // A clock that was put back makes things look younger, never older.
  if (kind === 'cache' && now - at <= cacheDays * DAY_MS) return []
  const { what, why } = LEFTOVER[kind]
  const reason = kind === 'cache' ? `No deployment used them for ${cacheDays} days.` : why
  return [{ target: { kind, name }, what: `${what} ${shorten(name)}`, why: reason, bytes, at }]
}

function decideEnd(
  kind: 'server' | 'archive',
  { id, name, next }: Pick<ServerFact, 'id' | 'name' | 'next'>,
  bytes: number,
  now: number,
): readonly CleanupItem[] {
  if (next === null || next.at > now) return []
  const what = kind === 'server' ? `${name}, which is archived` : `the archive of ${name}`
  return [{ target: { kind, serverId: id }, what, why: next.why, bytes, at: next.at }]
}

function decideVersions(server: ServerFact, policy: CleanupPolicy): readonly CleanupItem[] {
  return chooseSpare(server.versions, policy.keepVersions).map((version: VersionFact) => ({
    target: { kind: 'version', versionId: version.id, treeHash: version.treeHash } as const,
    what: `${server.name} version ${version.number}`,
    why: `Nothing needs it, and ${policy.keepVersions} newer ones are kept.`,
    bytes: version.bytes,
    at: version.createdAt,
  }))
}

function decideLogs(server: ServerFact, now: number, { logDays }: CleanupPolicy): readonly CleanupItem[] {
  if (server.oldLogs === null) return []
  const { files, bytes, at } = server.oldLogs
  return [
    {
      target: { kind: 'log', serverId: server.id, before: now - logDays * DAY_MS } as const,
      what: `${server.name}: ${files} ${files === 1 ? 'log file' : 'log files'}`,
      why: `Nothing in them is younger than ${logDays} days.`,
      bytes,
      at,
    },
  ]
}

/** Hashes and tokens say enough with their beginning. */
function shorten(name: string): string {
  return name.length > 24 ? `${name.slice(0, 16)}…` : name
}
