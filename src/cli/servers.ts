/** What the verbs on servers share: addressing by name with a suggestion, and the words for a server's state. */
import type { ServerJson, ServerListJson } from '../api/schema/server.ts'
import { AppError } from '../domain/error.ts'
import { nearest } from '../domain/nearest.ts'
import { createClient, type Client } from './client.ts'
import { findConnection } from './connection.ts'
import type { CliIo } from './io.ts'
import { formatDuration } from './humanise.ts'

/** @param file configuration named on the command line */
export async function openClient(io: CliIo, file?: string): Promise<Client> {
  return createClient(await findConnection(io, file), io.interrupted)
}

export function serverPath(name: string, rest = ''): string {
  return `/servers/${encodeURIComponent(name)}${rest}`
}

/** In the order that `query` asks for, over all pages, at most `most`. */
export async function listServers(
  client: Client,
  query: Readonly<Record<string, string | undefined>> = {},
  most = Infinity,
): Promise<readonly ServerJson[]> {
  const servers: ServerJson[] = []
  let cursor: string | undefined
  do {
    const page: ServerListJson = await client.get('/servers', {
      ...query,
      limit: Math.min(500, most - servers.length),
      cursor,
    })
    servers.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined && servers.length < most)
  return servers
}

/** Runs `task`; where the server is not found, the error names the nearest one that exists. */
export async function withServer<T>(client: Client, name: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code === 'server_not_found' && error.hint.includes('restore')) throw error
    if (error.code !== 'server_not_found') throw fillName(error, name)
    const names = await listServers(client).then(
      (servers) => servers.map((server) => server.name),
      () => [],
    )
    const near = nearest(name, names)
    // It is there: something else about it was not found.
    if (near === null || near === name) throw error
    throw new AppError('server_not_found', `server "${name}" not found`, {
      hint: `did you mean "${near}"? See haivemind list.`,
      ...(error.details === undefined ? {} : { details: error.details }),
    })
  }
}

/** The hints of the error table say `<name>`; here it is known. */
function fillName(error: AppError, name: string): AppError {
  if (!error.hint.includes('<name>')) return error
  return new AppError(error.code, error.message, {
    hint: error.hint.replaceAll('<name>', name),
    cause: error,
    ...(error.details === undefined ? {} : { details: error.details }),
  })
}

/** `running, healthy`; `backoff, 12s, 4/5`; `failed`. */
export function describeStatus(server: ServerJson, now: number): string {
  if (server.status === 'stopped' && server.review?.state === 'pending') return 'stopped, held'
  if (server.idle) return 'stopped, idle'
  if (server.status === 'running') return `running, ${server.health}`
  if (server.status !== 'backoff' || server.next_try_at === null) return server.status
  const wait = Math.max(0, Math.ceil((Date.parse(server.next_try_at) - now) / 1000))
  // Beyond its budget it is only looked at now and then.
  const tries =
    server.attempt > server.max_restarts
      ? `try ${server.attempt}`
      : `${server.attempt}/${server.max_restarts}`
  return `backoff, ${formatDuration(wait)}, ${tries}`
}

/** Why a server that should answer does not, with its last words. */
export function describeFailure(server: ServerJson): AppError {
  const { last_exit: exit } = server
  const why = server.reason ?? exit?.detail ?? `it is ${server.status}`
  return new AppError('start_failed', `server "${server.name}" is ${server.status}: ${why}`, {
    hint: exit?.hint ?? `See haivemind logs ${server.name}.`,
    details: { status: server.status, cause: exit?.cause ?? null, stderr_tail: exit?.stderr_tail ?? '' },
  })
}
