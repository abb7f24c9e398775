/** Archives of servers that ask back, by the official SDKs of the handshake revisions. */
import { execFile } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from './platform.ts'

const run = promisify(execFile)
const SERVERS = join(ROOT, 'test/fixtures/servers')
/** What the SDK of the first generation needs for a server over stdio; brought along, so no registry has to be there. */
const PACKAGES = [
  '@modelcontextprotocol/sdk',
  'zod',
  'zod-to-json-schema',
  'ajv',
  'ajv-formats',
  'fast-deep-equal',
  'fast-uri',
  'json-schema-traverse',
  'require-from-string',
]

/** By the TypeScript SDK 1.x. */
export async function buildAskingNode(folder: string, name: string): Promise<string> {
  const tree = join(folder, name)
  mkdirSync(tree)
  copyFileSync(join(SERVERS, 'asks-back.mjs'), join(tree, 'server.mjs'))
  for (const each of PACKAGES) {
    cpSync(join(ROOT, 'node_modules', each), join(tree, 'node_modules', each), {
      recursive: true,
      filter: (path) => !/\.(?:map|md|cjs|cts|ts)$|\/dist\/cjs$/.test(path),
    })
  }
  writeConfig(tree, { name, command: ['node', 'server.mjs'], restart_delay: 0.2 })
  // A directory would be packed without its node_modules.
  await run('tar', ['-cf', `${tree}.tar`, '-C', tree, '.'])
  return `${tree}.tar`
}

/** By the Python SDK, which its installation fetches. */
export function buildAskingPython(folder: string, name: string): string {
  const tree = join(folder, name)
  mkdirSync(tree)
  copyFileSync(join(SERVERS, 'asks_back.py'), join(tree, 'server.py'))
  writeFileSync(join(tree, 'requirements.txt'), 'mcp==2.3.0\n')
  // It speaks both eras, and asks by requests of its own in the older one only.
  writeConfig(tree, { name, command: ['python', 'server.py'], upstream_era: 'legacy' })
  return tree
}

function writeConfig(tree: string, config: Readonly<Record<string, unknown>>): void {
  writeFileSync(join(tree, 'server_config.json'), JSON.stringify(config))
}
