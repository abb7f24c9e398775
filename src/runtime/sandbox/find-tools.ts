/** Interpreters and package managers as a sandbox reaches them. Each counts only after it ran in the real recipe. */
import { realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { probeUid } from '../../domain/uid-block.ts'
import { DEFAULT_LIMITS } from '../../domain/server.ts'
import { isThere } from '../../system/files.ts'
import { BASE_ENVIRONMENT } from './build-server-policy.ts'
import { INSIDE, isSystemProgram, type Interpreters } from './interpreters.ts'
import type { SandboxHost } from './open-host.ts'
import type { Bind } from './policy.ts'
import { runJob } from './run-job.ts'

export const TOOL_NAMES = ['python', 'node', 'bash', 'npm', 'uv'] as const
export type ToolName = (typeof TOOL_NAMES)[number]

export type FoundTool = {
  readonly name: ToolName
  readonly argv: readonly string[]
  readonly version: string
  /** What it needs bound, besides /usr. */
  readonly binds: readonly Bind[]
}

export interface Tools {
  /** Null when it is not to be had. Asked once, kept; a failure of the sandbox itself is asked again. */
  find(name: ToolName): Promise<FoundTool | null>
}

type Candidate = Pick<FoundTool, 'argv' | 'binds'>

export function createTools(host: SandboxHost, interpreters: Interpreters): Tools {
  const known = new Map<ToolName, Promise<FoundTool | null>>()
  const find = async (name: ToolName): Promise<FoundTool | null> => {
    for (const candidate of await CANDIDATES[name](interpreters)) {
      const version = await tryVersion(host, candidate)
      if (version !== null) return { name, ...candidate, version }
    }
    return null
  }
  return {
    find(name) {
      const found =
        known.get(name) ??
        find(name).catch((error: unknown) => {
          known.delete(name)
          throw error
        })
      known.set(name, found)
      return found
    },
  }
}

const CANDIDATES: Readonly<Record<ToolName, (interpreters: Interpreters) => Promise<readonly Candidate[]>>> =
  {
    python: () => listSystem(INSIDE.python),
    bash: () => listSystem(INSIDE.bash),
    node: async (interpreters) => [{ argv: [INSIDE.node], binds: [await interpreters.nodeBind()] }],
    npm: async (interpreters) => await listNpm(await interpreters.nodeBind()),
    uv: () => listUv(),
  }

async function listSystem(path: string): Promise<readonly Candidate[]> {
  return (await isSystemProgram(path)) ? [{ argv: [path], binds: [] }] : []
}

/** npm is a package: it is bound whole and run by our Node, whatever Node it came with. */
async function listNpm(node: Bind): Promise<readonly Candidate[]> {
  const places = ['/usr/bin/npm', '/usr/local/bin/npm', join(dirname(process.execPath), 'npm')]
  const scripts = await Promise.all(places.map((path) => realpath(path).catch(() => '')))
  return [...new Set(scripts)]
    .filter((script) => script.endsWith('/npm/bin/npm-cli.js'))
    .map((script) => ({
      argv: [INSIDE.node, '/opt/npm/bin/npm-cli.js'],
      binds: [node, { source: dirname(dirname(script)), target: '/opt/npm', writable: false }],
    }))
}

/** A single static program: reached in /usr, else bound as a file. */
async function listUv(): Promise<readonly Candidate[]> {
  const places = [
    '/usr/bin/uv',
    '/usr/local/bin/uv',
    ...['.local', '.cargo'].map((dir) => join(homedir(), dir, 'bin/uv')),
  ]
  const found = await Promise.all(
    places.map(async (path) => {
      const real = await realpath(path).catch(() => null)
      return real !== null && (await isThere(real)) ? real : null
    }),
  )
  return found
    .filter((path) => path !== null)
    .map((path) =>
      path.startsWith('/usr/')
        ? { argv: [path], binds: [] }
        : { argv: ['/opt/uv/uv'], binds: [{ source: path, target: '/opt/uv/uv', writable: false }] },
    )
}

async function tryVersion(host: SandboxHost, { argv, binds }: Candidate): Promise<string | null> {
  const lines: string[] = []
  const result = await runJob(
    host,
    {
      uid: host.uids === null ? null : probeUid(host.uids),
      command: [...argv, '--version'],
      environment: { ...BASE_ENVIRONMENT, HOME: '/tmp' },
      binds: [
        { source: host.emptyDir, target: '/app', writable: false },
        { source: host.emptyDir, target: '/data', writable: false },
        ...binds,
      ],
      limits: DEFAULT_LIMITS,
      tmpBytes: 16 * 2 ** 20,
      openFiles: 1024,
      fileBytes: 16 * 2 ** 20,
      volume: null,
      diesWithDaemon: true,
    },
    { timeoutSeconds: 30, onLine: (line) => lines.push(line) },
  )
  if (result.outcome !== 'exited' || result.code !== 0) return null
  return /\d+(?:\.\d+)+\S*/.exec(lines.join('\n'))?.[0] ?? null
}
