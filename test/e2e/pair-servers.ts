/** The servers of the pairs, deployed as archives that bring all they need. */
import { execFile } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT, type Platform } from './platform.ts'
import { deploy } from './servers.ts'

const run = promisify(execFile)
const FIXTURE = join(ROOT, 'test/fixtures/pairs')

export type PairServer = {
  readonly name: string
  readonly title: string
  /** The newest revision that it speaks. */
  readonly newest: string
  readonly command: readonly string[]
  /** Brought along, and what pip installs. */
  readonly packages: readonly string[]
  readonly requirements?: string
  readonly settings?: Readonly<Record<string, unknown>>
}

const SDK = ['@modelcontextprotocol/server', '@modelcontextprotocol/core', 'zod']
const MODERN = '2026-07-28'

export const PAIR_SERVERS: readonly PairServer[] = [
  ...['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'].map((revision) => ({
    name: `of-${revision}`,
    title: revision,
    newest: revision,
    command: ['node', 'scripted.mjs', revision],
    packages: [],
  })),
  { name: 'modern', title: MODERN, newest: MODERN, command: ['node', 'sdk-modern.mjs'], packages: SDK },
  {
    name: 'dual',
    title: 'dual, TypeScript',
    newest: MODERN,
    command: ['node', 'sdk-dual.mjs'],
    packages: SDK,
  },
  {
    name: 'python',
    title: 'dual, Python',
    newest: MODERN,
    command: ['python3', 'server.py'],
    packages: [],
    requirements: 'mcp==2.3.0\n',
  },
  {
    name: 'http',
    title: 'dual, HTTP',
    newest: MODERN,
    command: ['node', 'sdk-http.mjs'],
    packages: [...SDK, '@modelcontextprotocol/node', '@hono/node-server', 'hono'],
    settings: { transport: 'http', port: 8000 },
  },
]

/** Why it does not run, or null. */
export async function deployPairServer(platform: Platform, server: PairServer): Promise<string | null> {
  const tree = join(platform.folder, `pair-${server.name}`)
  mkdirSync(tree)
  if (server.requirements === undefined) {
    cpSync(FIXTURE, tree, { recursive: true, filter: (path) => path === FIXTURE || path.endsWith('.mjs') })
  } else {
    copyFileSync(join(FIXTURE, 'server.py'), join(tree, 'server.py'))
    writeFileSync(join(tree, 'requirements.txt'), server.requirements)
  }
  for (const name of server.packages) {
    cpSync(join(ROOT, 'node_modules', name), join(tree, 'node_modules', name), {
      recursive: true,
      filter: (path) => !/\.(?:map|md|cjs|[cm]?ts)$/.test(path),
    })
  }
  const { name, command, settings } = server
  writeFileSync(join(tree, 'server_config.json'), JSON.stringify({ name, command, ...settings }))
  // A directory would be packed without its node_modules.
  await run('tar', ['-cf', `${tree}.tar`, '-C', tree, '.'])
  const { document } = await deploy(platform, `${tree}.tar`)
  return document.error === null ? null : document.error.message
}
