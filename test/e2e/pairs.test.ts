/** Every client with every server, through the built platform; docs/pairs.md shows what came of it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findPythonSdk } from './clients.ts'
import { buildPythonClients, CLIENTS, PYTHON_CLIENTS, type RunClient } from './pair-clients.ts'
import type { Cell } from './pair-operations.ts'
import { deployPairServer, PAIR_SERVERS, type PairServer } from './pair-servers.ts'
import { keyOf, renderPairs } from './pair-table.ts'
import { ROOT, startPlatform, type Platform } from './platform.ts'

const PAGE = join(ROOT, 'docs/pairs.md')

const python = await findPythonSdk()
const clients: Readonly<Record<string, RunClient>> = {
  ...CLIENTS,
  ...(python === null ? {} : buildPythonClients(python)),
}
const servers = PAIR_SERVERS.filter((server) => python !== null || server.requirements === undefined)
const gap = python === null ? ' (skipped: the Python SDK cannot be installed here)' : ''

let platform: Platform
const cells = new Map<string, Cell | string>()

beforeAll(async () => {
  platform = await startPlatform()
  const token = await platform.token()
  await Promise.all(servers.map((server) => fillColumn(server, token)))
}, 300_000)
afterAll(async () => platform[Symbol.asyncDispose]())

/** One after the other: what one client makes a server announce would reach the next as well. */
async function fillColumn(server: PairServer, token: string): Promise<void> {
  const reason = await deployPairServer(platform, server)
  for (const [client, runClient] of Object.entries(clients)) {
    const endpoint = `${platform.url}/servers/${server.name}/mcp`
    cells.set(keyOf(client, server.title), reason ?? (await runClient(endpoint, token, server.newest)))
  }
}

const CLIENT_NAMES = [...Object.keys(CLIENTS), ...PYTHON_CLIENTS]
const TITLES = PAIR_SERVERS.map((server) => server.title)

it.each(Object.keys(clients))('what %s can do with each server is what docs/pairs.md says', (client) => {
  const rows = (page: string) => page.split('\n').filter((line) => line.startsWith(`| ${client} |`))
  const ran = renderPairs(
    [client],
    servers.map((server) => server.title),
    cells,
  )
  // Footnotes are numbered anew for a page of one row.
  const withoutMarks = (lines: readonly string[]) =>
    lines.map((line) => line.replace(/ \[\d+\]/g, '').split(' | '))
  const committed = withoutMarks(rows(readFileSync(PAGE, 'utf8'))).map((cellsOfRow) =>
    cellsOfRow.filter((_, at) => at === 0 || servers.includes(PAIR_SERVERS[at - 1] as PairServer)),
  )
  expect(withoutMarks(rows(ran)).flat().map(trimBar), JSON.stringify([...cells], null, 1)).toEqual(
    committed.flat().map(trimBar),
  )
})

const trimBar = (cell: string) => cell.replaceAll('|', '').trim()

it.skipIf(python === null)(`docs/pairs.md is the page that these runs make${gap}`, async () => {
  await expect(renderPairs(CLIENT_NAMES, TITLES, cells)).toMatchFileSnapshot(PAGE)
})
