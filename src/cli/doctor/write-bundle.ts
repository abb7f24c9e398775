/** What a report about a problem needs, in one file that can be handed on: nothing in it is a secret. */
import { arch, cpus, release, totalmem } from 'node:os'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { LogListJson } from '../../api/schema/log.ts'
import type { LoadedConfig } from '../../config/load.ts'
import { AppError } from '../../domain/error.ts'
import type { ShownCheck } from '../../domain/host-check.ts'
import { buildTar, type TarFile } from '../../domain/tar.ts'
import { maskTokens } from '../../domain/token-patterns.ts'
import { writeFileDurable } from '../../system/files.ts'
import type { Client } from '../client.ts'
import type { CommandContext } from '../command.ts'
import { listServers, openClient, serverPath } from '../servers.ts'

const EVENTS = 500
const LOG_LINES = 200
/** Of servers whose logs go in; the first by name. */
const MAX_SERVERS = 50

type Written = {
  readonly file: string
  readonly parts: readonly string[]
  readonly missing: readonly string[]
}

/**
 * Everything comes from what the platform shows anyway, which is masked there; tokens that are known by their form are
 * masked once more. Values of variables are in nothing that is asked for. A part that cannot be had is named.
 */
export async function writeBundle(
  context: CommandContext,
  file: string,
  checks: readonly ShownCheck[],
  loaded: LoadedConfig | null,
): Promise<Written> {
  const { io, args } = context
  const parts: TarFile[] = []
  const missing: string[] = []
  const add = (path: string, value: unknown) => {
    const text = typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`
    parts.push({ path: `haivemind-report/${path}`, data: Buffer.from(maskTokens(text)) })
  }
  const gather = async (path: string, read: () => Promise<unknown>) => {
    try {
      add(path, await read())
    } catch (error) {
      missing.push(`${path}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  add('checks.json', checks)
  add('versions.json', {
    haivemind: io.version,
    node: process.versions,
    architecture: arch(),
    kernel: release(),
    processors: cpus().length,
    memory_bytes: totalmem(),
  })
  if (loaded !== null) {
    add('configuration.json', { file: loaded.file, warnings: loaded.warnings, mcp_hosting: loaded.config })
    await gatherFromDaemon(await openClient(io, args.text('config')), gather)
  }
  add('missing.json', missing)
  const path = resolve(io.cwd, file)
  const bytes = await promisify(gzip)(buildTar(parts, io.clock.now()))
  // The owner's alone: names of servers and people are in it.
  await writeFileDurable(path, bytes, 0o600).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new AppError('usage', `the report cannot be written: ${why}`, { hint: 'Name another file.' })
  })
  return { file: path, parts: parts.map((part) => part.path), missing }
}

type Gather = (path: string, read: () => Promise<unknown>) => Promise<void>

async function gatherFromDaemon(client: Client, gather: Gather): Promise<void> {
  await gather('system.json', () => client.get('/system'))
  await gather('stats.json', () => client.get('/stats'))
  await gather('events.json', () => client.get('/events', { limit: EVENTS }))
  await gather('metrics.txt', () => client.text('/metrics'))
  await gather('platform-log.jsonl', () => client.text('/system/log'))
  const names: string[] = []
  await gather('servers.json', async () => {
    const servers = await listServers(client)
    names.push(...servers.map(({ name }) => name).toSorted())
    return servers
  })
  for (const name of names.slice(0, MAX_SERVERS)) {
    await gather(`logs/${name}.json`, () =>
      client.get<LogListJson>(`${serverPath(name)}/logs`, { tail: LOG_LINES }),
    )
  }
}
