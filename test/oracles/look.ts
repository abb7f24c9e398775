/** Looks at a live platform: its API, its database, and what the kernel has of it. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { listFiles, type Platform } from '../e2e/platform.ts'
import { callApi, readApi } from '../faults/api.ts'
import type { SeenCall, SeenRow, SeenServer, SeenTrace, SeenVersion, SentUpload, Sight } from './sight.ts'

/** What its clients were told and did. */
export type Told = {
  readonly uploads: readonly SentUpload[]
  readonly deleted: ReadonlySet<string>
  readonly calls: readonly SeenCall[]
  readonly countersBefore: Readonly<Record<string, number>> | null
  readonly leastDelayMs: number
  /** Servers that print `call N` for their N-th call. */
  readonly counting: readonly string[]
}

export async function look(platform: Platform, told: Told): Promise<Sight> {
  const servers = (await readApi<{ readonly items: readonly SeenServer[] }>(platform, 'servers?limit=200'))
    .items
  const at = Date.now()
  const isReady = (await callApi(platform, 'GET', '/readyz')).status === 200
  const metrics = await readMetrics(platform)
  const audit = await readApi<{ readonly ok: boolean; readonly problem: unknown }>(platform, 'audit/verify')
  const database = new DatabaseSync(join(platform.dataDir, 'haivemind.db'), { readOnly: true })
  try {
    const rows = readRows(database)
    const versions = readVersions(platform, database)
    return {
      at,
      servers,
      ...versions,
      openOperations: count(database, "operations WHERE status IN ('pending', 'running')"),
      uploads: told.uploads,
      deleted: told.deleted,
      rows,
      traces: listTraces(platform, rows),
      temporary: [
        ...listFiles(join(platform.dataDir, 'mcp_uploads')),
        ...listFiles(join(platform.dataDir, 'mcp_servers/staging')),
      ],
      ...readStarts(database),
      leastDelayMs: told.leastDelayMs,
      calls: told.calls,
      logs: await Promise.all(told.counting.map((server) => readNumbers(platform, server))),
      counters: { before: told.countersBefore, now: metrics.counters },
      audit: { ok: audit.ok, problem: JSON.stringify(audit.problem) },
      daemon: {
        rssBytes: readRss(platform.pid()),
        streams: 0,
        lagP99Ms: metrics.lagP99Ms,
      },
      isReady,
      databases: listDatabases(platform).map((path) => ({ name: basename(path), check: check(path) })),
    }
  } finally {
    database.close()
  }
}

function count(database: DatabaseSync, from: string): number {
  return Number(database.prepare(`SELECT count(*) AS n FROM ${from}`).get()?.['n'] ?? 0)
}

function readRows(database: DatabaseSync): SeenRow[] {
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return database
    .prepare('SELECT * FROM ledger')
    .all()
    .map((row) => ({
      instanceId: String(row['instance_id']),
      serverId: String(row['server_id']),
      versionId: String(row['version_id']),
      key: String(row['process_key']),
      token: String(row['token']),
      isAlive: row['boot_id'] === bootId && isSame(Number(row['pid']), Number(row['start_time'])),
    }))
}

function isSame(pid: number, startTime: number): boolean {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] !== 'Z' && Number(fields[19]) === startTime
}

function readVersions(platform: Platform, database: DatabaseSync) {
  const store = join(platform.dataDir, 'mcp_servers/store')
  const stored = existsSync(store) ? readdirSync(store).filter((name) => /^[0-9a-f]{64}$/.test(name)) : []
  const found = database
    .prepare(
      'SELECT s.name, v.number, v.tree_hash, v.archive_hash FROM versions v JOIN servers s ON s.id = v.server_id',
    )
    .all()
  const versions: SeenVersion[] = found.map((row) => ({
    server: String(row['name']),
    number: Number(row['number']),
    archiveHash: String(row['archive_hash']),
    files: hashTree(join(store, String(row['tree_hash']))),
  }))
  return { versions, trees: { stored, named: found.map((row) => String(row['tree_hash'])) } }
}

function hashTree(folder: string): Record<string, string> | null {
  if (!existsSync(folder)) return null
  const hash = (path: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, path)))
      .digest('hex')
  return Object.fromEntries(listFiles(folder).map((path) => [path, hash(path)]))
}

function readStarts(database: DatabaseSync): Pick<Sight, 'starts' | 'waits'> {
  const told = database
    .prepare(
      `SELECT time, event FROM (SELECT * FROM events WHERE event LIKE '%"server.status"%' ORDER BY id DESC LIMIT 500) ORDER BY id`,
    )
    .all()
    .map((row) => ({
      time: Number(row['time']),
      event: JSON.parse(String(row['event'])) as {
        readonly server: string
        readonly status: string
        readonly attempt: number
        readonly nextTry: number | null
      },
    }))
  return {
    starts: told
      .filter(({ event }) => event.status === 'starting')
      .map(({ time, event: { server, attempt } }) => ({ server, at: time, attempt })),
    waits: told.flatMap(({ time, event: { server, status, attempt, nextTry } }) =>
      status === 'backoff' && nextTry !== null ? [{ server, at: time, attempt, nextTry }] : [],
    ),
  }
}

/** Every trace of this data directory's sandboxes: they are called after it. */
function listTraces(platform: Platform, rows: readonly SeenRow[]): SeenTrace[] {
  const owner = createHash('sha256').update(platform.dataDir).digest('hex').slice(0, 8)
  const isOwn = (name: string) => name.startsWith(`${owner}-`)
  const groups = ['', ...list('/sys/fs/cgroup')]
    .flatMap((part) => list(join('/sys/fs/cgroup', part, 'haivemind')))
    .filter(isOwn)
  const processes = list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid): SeenTrace[] => {
      const token = new RegExp(`haivemind/(${owner}-[\\w-]+)`).exec(read(`/proc/${pid}/cgroup`))?.[1]
      const state = read(`/proc/${pid}/stat`).split(') ')[1]?.[0]
      return token === undefined || state === 'Z' ? [] : [{ kind: 'process', name: pid, token }]
    })
  const mounts = read('/proc/self/mountinfo')
    .split('\n')
    .filter((line) => line.includes(platform.folder))
    .map((line) => line.split(' ')[4] ?? line)
  const loops = list('/sys/block')
    .filter((name) => name.startsWith('loop'))
    .map((name) => read(`/sys/block/${name}/loop/backing_file`).trim())
    .filter((file) => file.startsWith(platform.folder))
  const sockets = read('/proc/net/unix')
    .split('\n')
    .filter((line) => line.includes(platform.folder))
  return [
    ...processes,
    ...[...new Set(groups)].map((name) => ({ kind: 'group' as const, name, token: name })),
    ...list(join(platform.dataDir, 'run')).map((name) => ({
      kind: 'run directory' as const,
      name,
      token: name.replace(/\.img.*$/, ''),
    })),
    ...mounts.map((name) => ({ kind: 'mount' as const, name, token: null })),
    ...loops.map((name) => ({ kind: 'loop device' as const, name, token: ownerOf(name, rows) })),
    ...sockets.map((name) => ({ kind: 'socket' as const, name, token: null })),
  ]
}

/** The image of /data is called after its server. */
function ownerOf(file: string, rows: readonly SeenRow[]): string | null {
  return rows.find(({ serverId }) => file.includes(serverId))?.token ?? null
}

async function readNumbers(platform: Platform, server: string): Promise<Sight['logs'][number]> {
  const { items } = await readApi<{
    readonly items: readonly { readonly stream: string; readonly text: string }[]
  }>(platform, `servers/${server}/logs?tail=10000`)
  return {
    server,
    numbers: items
      .filter(({ stream }) => stream === 'stderr')
      .flatMap(({ text }) => /^call (\d+)$/.exec(text)?.slice(1).map(Number) ?? []),
    gapsTold: items.some(({ stream, text }) => stream === 'platform' && /missing|dropped/.test(text)),
  }
}

async function readMetrics(
  platform: Platform,
): Promise<{ readonly counters: Record<string, number>; readonly lagP99Ms: number | null }> {
  const { body } = await callApi(platform, 'GET', '/metrics')
  const counters: Record<string, number> = {}
  let lagP99Ms: number | null = null
  for (const line of String(body).split('\n')) {
    const [, name = '', labels = '', value = ''] = /^(\w+)(\{.*\})? (\S+)$/.exec(line) ?? []
    if (name.endsWith('_total')) counters[name + labels] = Number(value)
    if (name === 'nodejs_eventloop_lag_seconds' && labels.includes('p99')) lagP99Ms = Number(value) * 1000
  }
  return { counters, lagP99Ms }
}

export function readRss(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024
}

function listDatabases(platform: Platform): string[] {
  const copies = listFiles(join(platform.dataDir, 'backups')).filter((name) => name.endsWith('.db'))
  return [
    join(platform.dataDir, 'haivemind.db'),
    ...copies.map((name) => join(platform.dataDir, 'backups', name)),
  ]
}

function check(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return String(database.prepare('PRAGMA quick_check').get()?.['quick_check'])
  } finally {
    database.close()
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
