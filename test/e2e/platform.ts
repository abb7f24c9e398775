/**
 * The real platform as a process of its own, on a data directory and a port of its own, and the command line as one.
 * A hosted server outlives a killed daemon, so closing starts the daemon again where needed and stops it in order.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Stands in the command line of what a test file starts: another run on this machine is not counted. */
export const MARK = `e2e-${process.pid}`
export const ROOT = join(import.meta.dirname, '../..')
export const NODE = join(ROOT, 'node_modules/node/bin/node')
const READY_MS = 30_000

export type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string }
type CommandOptions = { readonly env?: Record<string, string>; readonly stdin?: string }
type Settings = Readonly<Record<string, unknown>>

/** A command that goes on. */
export type Running = {
  readonly stdout: () => string
  readonly stderr: () => string
  /** SIGINT, as Ctrl-C sends it; answers once it has ended. */
  interrupt(): Promise<Run>
  readonly ended: Promise<Run>
}

export interface Platform {
  readonly url: string
  /** Holds config.json, data/ and whatever a test puts beside them. */
  readonly folder: string
  readonly dataDir: string
  /** Of the daemon that runs now. */
  pid(): number
  /** @param main another build of the program */
  start(main?: string): Promise<void>
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>
  /** SIGUSR2: ends in order and leaves the hosted servers to the next daemon; answers the exit code. */
  handOver(): Promise<number | null>
  /** SIGKILL: hosted servers go on. */
  kill(): Promise<void>
  cli(words: readonly string[], options?: CommandOptions): Promise<Run>
  open(words: readonly string[], options?: CommandOptions): Running
  /** The command's document with --json; throws with everything it printed when it fails. */
  json<T>(...words: string[]): Promise<T>
  /** What the daemon wrote to stderr, over all starts. */
  log(): string
  /** A token for MCP clients. */
  token(...scopes: string[]): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

/** @param through what the daemon is started through, for example `unshare`; it must end as the daemon by exec. */
export async function startPlatform(
  settings: Settings = {},
  through: readonly string[] = [],
): Promise<Platform> {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-e2e-'))
  const port = await findFreePort()
  const { dashboard = {}, rate_limits = {}, ...rest } = settings as Readonly<Record<string, object>>
  const mcp_hosting = {
    ...rest,
    dashboard: { host: '127.0.0.1', port, ...dashboard },
    // Tests ask faster than people do; those of the limits set their own.
    rate_limits: { api: 100_000, uploads: 1_000, mcp: 1_000_000_000, ...rate_limits },
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ mcp_hosting }))
  const url = `http://127.0.0.1:${port}`
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? folder, ...readProxySettings() }
  let daemon: ChildProcess | null = null
  let log = ''
  /** What it hosted goes on, and only a daemon can end it. */
  let wasKilled = false

  const platform: Platform = {
    url,
    folder,
    dataDir: join(folder, 'data'),
    pid() {
      if (daemon?.pid === undefined) throw new Error('the daemon does not run')
      return daemon.pid
    },
    async start(main = 'dist/main.js') {
      const [program, ...words] = [...through, NODE, main, 'serve']
      const child = spawn(program, words, {
        cwd: ROOT,
        env: { ...env, HAIVEMIND_CONFIG: join(folder, 'config.json') },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
      daemon = child
      wasKilled = false
      const end = performance.now() + READY_MS
      while (!(await answers(url))) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the daemon ended:\n${log}`)
        if (performance.now() > end) throw new Error(`the daemon does not get ready:\n${log}`)
        await sleep(50)
      }
    },
    async stop() {
      return signal('SIGTERM')
    },
    async handOver() {
      return signal('SIGUSR2')
    },
    async kill() {
      await signal('SIGKILL')
      wasKilled = true
    },
    cli: (words, options = {}) => openCommand(words, options).ended,
    open: (words, options = {}) => openCommand(words, options),
    async json<T>(...words: string[]) {
      const run = await openCommand([...words, '--json'], {}).ended
      if (run.code !== 0) throw new Error(`haivemind ${words.join(' ')}: ${JSON.stringify(run)}\n${log}`)
      return JSON.parse(run.stdout) as T
    },
    log: () => log,
    async token(...scopes) {
      const flags = (scopes.length === 0 ? ['mcp:call'] : scopes).flatMap((scope) => ['--scope', scope])
      return (await platform.json<{ token: string }>('token', 'create', 'test', ...flags)).token
    },
    async [Symbol.asyncDispose]() {
      if (wasKilled) await platform.start().catch(() => undefined)
      await platform.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }

  async function signal(name: NodeJS.Signals): Promise<number | null> {
    const child = daemon
    daemon = null
    if (child === null) return null
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const gone = once(child, 'exit') as Promise<[number | null]>
    child.kill(name)
    return (await gone)[0]
  }

  function openCommand(words: readonly string[], options: CommandOptions): Running {
    const child = spawn(NODE, [join(ROOT, 'dist/main.js'), ...words], {
      cwd: folder,
      env: { ...env, HAIVEMIND_CONFIG: join(folder, 'config.json'), ...options.env },
      stdio: 'pipe',
    })
    const out: string[] = []
    const err: string[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk.toString()))
    child.stdin.end(options.stdin ?? '')
    const ended = once(child, 'close').then(([code]) => ({
      code: code as number | null,
      stdout: out.join(''),
      stderr: err.join(''),
    }))
    return {
      stdout: () => out.join(''),
      stderr: () => err.join(''),
      ended,
      interrupt() {
        child.kill('SIGINT')
        return ended
      },
    }
  }

  try {
    await platform.start()
  } catch (error) {
    await signal('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return platform
}

/** Where packages come from is the machine's business: the operator's settings, never one of ours. */
function readProxySettings(): Record<string, string> {
  const wanted =
    /^(?:pip_|npm_config_|uv_|https?_proxy$|no_proxy$|all_proxy$|ssl_cert|node_extra_ca|requests_ca)/i
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return Object.fromEntries(entries.filter(([name]) => wanted.test(name)))
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    (response) => response.ok,
    () => false,
  )
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Asks until `read` gives something else than null; the last reason is in the error. */
export async function eventually<T>(what: string, read: () => Promise<T | null>, seconds = 60): Promise<T> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const value = await read()
    if (value !== null) return value
    if (performance.now() > end) throw new Error(`did not happen in ${seconds} s: ${what}`)
    await sleep(100)
  }
}

/** Every regular file below `folder`, relative; an absent folder has none. One that goes meanwhile is looked at again. */
export function listFiles(folder: string): string[] {
  for (let tries = 20; ; tries--) {
    try {
      return listFilesOnce(folder)
    } catch (error) {
      if (tries === 0 || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}

function listFilesOnce(folder: string): string[] {
  if (!existsSync(folder)) return []
  return (
    readdirSync(folder, { recursive: true, withFileTypes: true })
      // `.owner` says whose folder it is, for good.
      .filter((entry) => entry.isFile() && entry.name !== '.owner')
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort()
  )
}

export function readParent(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z'
  } catch {
    return false
  }
}

/**
 * The control groups of this platform's sandboxes that exist now; `pid` is one of its hosted processes. Groups are
 * called after the data directory, so those of other platforms on this machine are told apart.
 */
export function createGroupReader(pid: number): () => string[] {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n')
  const own = lines.map((line) => line.split(':')).find(([, , path]) => path?.includes('haivemind/') === true)
  if (own === undefined) return () => []
  const [, controller = '', path = ''] = own
  const mount = controller === '' ? '/sys/fs/cgroup' : `/sys/fs/cgroup/${controller}`
  const parent = join(mount, dirname(path))
  const prefix = basename(path).split('-')[0] ?? ''
  return () => readdirSync(parent).filter((name) => name.startsWith(`${prefix}-`))
}

/** SIGKILL to all of them; one that went down with another is as dead as asked. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

/** Processes whose command line holds `text`, on the whole machine, sandboxes included. */
export function findProcesses(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          isAlive(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(text)
        )
      } catch {
        return false
      }
    })
}
