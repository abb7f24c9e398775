/**
 * What a platform with many servers takes: a thousand registered, two hundred of them running in real sandboxes. One is
 * deployed; the others are rows like its own, which are written while the daemon is away: a thousand deployments would
 * measure something else, for an hour.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { NODE, ROOT, startPlatform, type Platform } from '../e2e/platform.ts'
import { buildServer, deployBash } from '../e2e/servers.ts'
import { callApi, readApi } from '../faults/api.ts'
import { readCpuMicroseconds, readResidentMb } from './relay-parts.ts'
import { spawnSync } from 'node:child_process'

const REGISTERED = 1000
const RUNNING = 200
const WATCH_SECONDS = 20
const ROUNDS = 40
const COMMANDS = 9
/** Of the starts alone; the machine may do other things. */
const LONGEST_MS = 240_000

type Page = {
  readonly items: readonly { readonly name: string; readonly status: string }[]
  readonly next_cursor?: string | null
}

/** @param args registered and running servers; a file for the CPU profile of the second start, if wanted. */
export async function benchScale(args: readonly string[]): Promise<void> {
  const registered = Number(args[0] ?? REGISTERED)
  const running = Number(args[1] ?? RUNNING)
  const profile = args[2] === undefined ? [] : ['env', `NODE_OPTIONS=--cpu-prof --cpu-prof-dir=${args[2]}`]
  await using platform = await startPlatform(
    { max_servers: registered, security: { dry_run: false, scan_uploads: false } },
    profile,
  )
  const first = await deployBash(platform, 'server-0', buildServer())
  if (first.code !== 0) throw new Error(first.stdout)
  await platform.stop()
  multiply(join(platform.dataDir, 'haivemind.db'), registered, running)

  const began = performance.now()
  await platform.start()
  say('ready after a start', performance.now() - began, 'ms')
  await untilRunning(platform, running)
  say(`${running} started and answering after`, (performance.now() - began) / 1000, 's')

  await measureRest(platform, 'at rest', WATCH_SECONDS)
  say('resident memory of the daemon', readResidentMb(platform.pid()), 'MiB')
  await measureRequests(platform, 'GET /servers, a page of 200', 'servers?limit=200', 50)
  await measureRequests(platform, 'GET /attention', 'attention', null)
  await measureRequests(platform, 'GET /metrics', '/metrics', 50)
  measureCommand(platform, ['--version'], null)
  measureCommand(platform, ['list'], 250)

  await platform.handOver()
  const again = performance.now()
  await platform.start()
  say(`ready again, with ${running} taken over`, performance.now() - again, 'ms', 5000)
  await untilRunning(platform, running)
  say(`${running} running again after`, performance.now() - again, 'ms')
  await measureRest(platform, 'at rest, taken over', WATCH_SECONDS / 2)
}

/** Rows like the first server's, with ids, names and uids of their own. They share its tree, as equal uploads do. */
export function multiply(path: string, registered: number, running: number): void {
  const database = new DatabaseSync(path)
  const read = (table: string) => {
    const row = database.prepare(`SELECT * FROM ${table}`).get()
    if (row === undefined) throw new Error(`${table} is empty`)
    return row
  }
  const [server, version] = [read('servers'), read('versions')]
  const insert = (table: string, row: Readonly<Record<string, unknown>>) =>
    database
      .prepare(
        `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row)
          .map(() => '?')
          .join(', ')})`,
      )
      .run(...(Object.values(row) as (string | number | null)[]))
  const revision = database
    .prepare(`SELECT CAST(value AS INTEGER) AS n FROM meta WHERE key = 'revision'`)
    .get()
  database.exec('BEGIN')
  for (let n = 1; n < registered; n++) {
    const end = String(n).padStart(6, '0')
    const id = `${String(server['id']).slice(0, -6)}${end}`
    const active = `${String(version['id']).slice(0, -6)}${end}`
    const uid = server['uid'] === null ? null : Number(server['uid']) + n
    const desired = n < running ? 'running' : 'stopped'
    insert('servers', {
      ...server,
      id,
      name: `server-${n}`,
      uid,
      desired,
      active_version: active,
      last_state: JSON.stringify({ kind: 'stopped', lastExit: null }),
    })
    if (uid !== null) insert('uids', { uid, server_id: id })
    insert('versions', { ...version, id: active, server_id: id })
    // Its manifest is still to be written, as after a deployment that a power cut followed.
    insert('manifest_changes', { server_id: id, changes: revision?.['n'] ?? 0 })
  }
  database.exec('COMMIT')
  database.close()
}

async function readAll(platform: Platform): Promise<Page['items']> {
  const all: Page['items'][number][] = []
  for (let cursor: string | null | undefined = ''; typeof cursor === 'string';) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page: Page = await readApi<Page>(platform, `servers?limit=200${from}`)
    all.push(...page.items)
    cursor = page.next_cursor
  }
  return all
}

async function untilRunning(platform: Platform, count: number): Promise<void> {
  const end = performance.now() + LONGEST_MS
  for (;;) {
    const all = await readAll(platform)
    const isUp = all.filter(({ status }) => status === 'running').length
    if (isUp === count) return
    if (performance.now() > end) throw new Error(`${isUp} of ${count} run\n${platform.log().slice(-4000)}`)
    await sleep(250)
  }
}

/** What the daemon takes when nobody asks anything: samples, health checks, looks for differences. */
async function measureRest(platform: Platform, what: string, seconds: number): Promise<void> {
  await sleep(3000)
  const before = readCpuMicroseconds(platform.pid())
  const began = performance.now()
  await sleep(seconds * 1000)
  const share = (readCpuMicroseconds(platform.pid()) - before) / 10 / (performance.now() - began)
  say(`${what}, of one core`, share, '%')
}

async function measureRequests(
  platform: Platform,
  what: string,
  path: string,
  bar: number | null,
): Promise<void> {
  const times: number[] = []
  for (let round = -5; round < ROUNDS; round++) {
    const began = performance.now()
    const { status } = await callApi(platform, 'GET', path)
    if (status !== 200) throw new Error(`${path}: ${status}`)
    if (round >= 0) times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  say(`${what}, p50`, times[Math.floor(ROUNDS * 0.5)] ?? Number.NaN, 'ms')
  say(`${what}, p95`, times[Math.floor(ROUNDS * 0.95)] ?? Number.NaN, 'ms', bar)
}

/** One at a time, from the start of its process to its end. */
function measureCommand(platform: Platform, words: readonly string[], bar: number | null): void {
  const env = { ...process.env, HAIVEMIND_CONFIG: join(platform.folder, 'config.json') }
  const times = Array.from({ length: COMMANDS }, () => {
    const began = performance.now()
    const { status, stderr } = spawnSync(NODE, [join(ROOT, 'dist/main.js'), ...words], { env })
    if (status !== 0) throw new Error(stderr.toString())
    return performance.now() - began
  }).toSorted((a, b) => a - b)
  say(`haivemind ${words.join(' ')}, median`, times[Math.floor(COMMANDS / 2)] ?? Number.NaN, 'ms', bar)
}

function say(what: string, value: number, unit: string, bar: number | null = null): void {
  const wanted = bar === null ? '' : `  (wanted: at most ${bar})`
  console.log(`${what.padEnd(46)} ${value.toFixed(1).padStart(8)} ${unit}${wanted}`)
}
