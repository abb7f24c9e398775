import { isNestedBeyond, decodeJson, isJsonObject, type JsonObject } from '../../domain/json.ts'
import { AppError } from '../../domain/error.ts'
import { Secret } from '../../domain/secret.ts'
import type { Command, CommandContext } from '../command.ts'
import { createBridge, type Bridge } from '../connect/bridge.ts'
import { createEndpoint } from '../connect/endpoint.ts'
import { findConnection } from '../connection.ts'
import type { CliIo, OutputStream } from '../io.ts'
import { usage } from '../parse-arguments.ts'
import { readLines } from '../read-stream.ts'
import { serverPath } from '../servers.ts'

const MAX_DEPTH = 1000
/** No server's name has a slash. */
const HUB = '/hub/mcp'
const PLATFORM = '/mcp'
/** For the answers that are under way when the client closes its end. */
const GRACE_MS = 10_000

export const connect: Command = {
  name: 'connect',
  group: 'use',
  summary: 'bridge a client that only speaks stdio to a server',
  arguments: '[name|url]',
  takes: [0, 1],
  options: {
    hub: { type: 'boolean', help: 'connect to all servers that the token may call' },
    platform: { type: 'boolean', help: 'connect to the tools of the platform itself' },
  },
  details:
    'For the configuration of the client: standard input and output carry MCP, standard error says what goes on.\n' +
    'The token is HAIVEMIND_MCP_TOKEN, else for this platform HAIVEMIND_TOKEN or the local one. A restart of the\n' +
    'server or the platform is bridged too; a call that may have been carried out is never sent twice.',
  examples: [
    ['haivemind connect weather', 'the command of an entry in mcpServers'],
    ['haivemind connect --hub', 'all servers behind one entry'],
    ['haivemind connect --platform', 'the tools that manage the platform'],
    ['HAIVEMIND_MCP_TOKEN=… haivemind connect https://mcp.example.com/mcp', 'any MCP endpoint'],
  ],
  run,
}

async function run({ io, args, print }: CommandContext): Promise<number> {
  const given = [
    ...args.positionals,
    ...(args.flag('hub') ? [HUB] : []),
    ...(args.flag('platform') ? [PLATFORM] : []),
  ]
  const [target] = given
  if (target === undefined || given.length > 1) {
    throw usage(connect, 'name one server or URL, or --hub, or --platform')
  }
  const { url, token } = await findEndpoint(io, target)
  const write = createWriter(io.stdout)
  const bridge = createBridge({
    endpoint: createEndpoint(url, token),
    clock: io.clock,
    write,
    note: (text) => print.note(`haivemind connect: ${text}`),
  })
  // A client that goes away closes both ends; waiting for the next line would wait for ever.
  io.interrupted.addEventListener('abort', () => io.stdin.destroy(), { once: true })
  try {
    for await (const line of readLines(io.stdin)) await takeLine(line, bridge, write)
  } catch (error) {
    if (!io.interrupted.aborted) throw error
  } finally {
    await bridge.close(io.interrupted.aborted ? 0 : GRACE_MS)
  }
  return 0
}

/** A name is a server of the platform; the platform's tokens never go anywhere else. */
async function findEndpoint(
  io: CliIo,
  target: string,
): Promise<{ readonly url: URL; readonly token: Secret | null }> {
  const given = io.env['HAIVEMIND_MCP_TOKEN'] ?? ''
  const own = given === '' ? null : new Secret(given)
  if (/^https?:\/\//.test(target)) {
    if (!URL.canParse(target)) throw new AppError('usage', `not a URL: ${target}`)
    return { url: new URL(target), token: own }
  }
  const found = await findConnection(io)
  const base = found.url.pathname.replace(/\/$/, '')
  const path = target === HUB || target === PLATFORM ? target : `${serverPath(target)}/mcp`
  return { url: new URL(`${base}${path}`, found.url), token: own ?? found.token }
}

async function takeLine(line: string, bridge: Bridge, write: (message: JsonObject) => Promise<void>) {
  const value = isNestedBeyond(line, MAX_DEPTH) ? undefined : decodeJson(line)
  // Clients of 2025-03-26 may send arrays: each message is answered by itself, as that revision allows.
  const messages = Array.isArray(value) ? value : [value]
  for (const message of messages) {
    if (isJsonObject(message)) await bridge.take(message)
    else
      await write({
        jsonrpc: '2.0',
        error: { code: -32700, message: 'A line of input is no JSON-RPC message.' },
      })
  }
}

function createWriter(stdout: OutputStream): (message: JsonObject) => Promise<void> {
  return (message) =>
    new Promise((resolve) => {
      if (stdout.write(`${JSON.stringify(message)}\n`)) resolve()
      else stdout.once('drain', resolve)
    })
}
