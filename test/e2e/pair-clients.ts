/** Every client of the pairs, by the name of its row. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runCell, type Cell, type PairClient } from './pair-operations.ts'
import { connectRaw } from './pair-raw-clients.ts'
import { connectV1, connectV2 } from './pair-sdk-clients.ts'
import { ROOT } from './platform.ts'

const run = promisify(execFile)

/** @param newest of the server's revisions */
export type RunClient = (endpoint: string, token: string, newest: string) => Promise<Cell>

const inProcess =
  (connect: (endpoint: string, token: string, bare: boolean) => Promise<PairClient>): RunClient =>
  (endpoint, token, newest) =>
    runCell((bare = false) => connect(endpoint, token, bare), newest)

const raw = (revision: string) =>
  inProcess((endpoint, token, bare) => connectRaw(endpoint, token, bare, revision))

export const CLIENTS: Readonly<Record<string, RunClient>> = {
  'raw 2024-11-05': raw('2024-11-05'),
  'raw 2025-03-26': raw('2025-03-26'),
  'raw 2025-06-18': raw('2025-06-18'),
  'TypeScript 1.32.2': inProcess(connectV1),
  'TypeScript 2.4.0 legacy': inProcess((endpoint, token, bare) => connectV2(endpoint, token, bare, 'legacy')),
  'TypeScript 2.4.0 auto': inProcess((endpoint, token, bare) => connectV2(endpoint, token, bare, 'auto')),
  'TypeScript 2.4.0 pinned': inProcess((endpoint, token, bare) =>
    connectV2(endpoint, token, bare, { pin: '2026-07-28' }),
  ),
}

/** The Python SDK's own, as programs; `python` is an interpreter that has it. */
export function buildPythonClients(python: string): Readonly<Record<string, RunClient>> {
  const script = join(ROOT, 'test/fixtures/pairs/client.py')
  const build =
    (mode: string): RunClient =>
    async (endpoint, token, newest) => {
      const { stdout } = await run(python, [script, endpoint, mode, newest], {
        env: { PATH: process.env['PATH'] ?? '', HAIVEMIND_MCP_TOKEN: token, no_proxy: '*' },
        timeout: 90_000,
      })
      return JSON.parse(stdout) as Cell
    }
  return { 'Python 2.3.0 legacy': build('legacy'), 'Python 2.3.0 auto': build('auto') }
}

export const PYTHON_CLIENTS = ['Python 2.3.0 legacy', 'Python 2.3.0 auto']
