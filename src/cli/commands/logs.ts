import type { LogLineJson, LogListJson, LogSearchJson } from '../../api/schema/log.ts'
import { AppError } from '../../domain/error.ts'
import { LOG_STREAMS } from '../../domain/log-line.ts'
import { SEARCH_MODES } from '../../domain/log-search.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import { parseMoment } from '../humanise.ts'
import { usage } from '../parse-arguments.ts'
import { stripControls, type Printer } from '../print.ts'
import { openClient, serverPath, withServer } from '../servers.ts'

export const logs: Command = {
  name: 'logs',
  group: 'operate',
  summary: 'show what a server wrote',
  arguments: '<name>',
  takes: [1, 1],
  options: {
    follow: { type: 'boolean', short: 'f', help: 'go on with new lines' },
    lines: { type: 'string', short: 'n', value: 'N', help: 'the last N lines (default 100)' },
    since: { type: 'string', value: 'TIME', help: 'lines since a time (RFC 3339) or an age such as 10m' },
    grep: { type: 'string', value: 'TEXT', help: 'lines that hold this text, whatever its case' },
    find: { type: 'string', value: 'TEXT', help: 'look through all that is kept, newest first' },
    mode: { type: 'string', value: 'MODE', help: 'what --find takes: literal (default), glob or regex' },
    stream: { type: 'string', value: 'STREAM', help: 'stdout, stderr or platform only' },
  },
  details:
    'stderr is the log of an MCP server; stdout holds what was no protocol message; platform is what the platform\n' +
    'has to say about it. Lines survive restarts of the server and of the platform. With --quiet only their text\n' +
    'is printed.',
  examples: [
    ['haivemind logs weather -n 20', 'the last lines'],
    ['haivemind logs weather -f --grep error', 'new lines that hold a word'],
    ['haivemind logs weather --find "timeout*5\\d\\d" --mode regex', 'the latest lines that fit a pattern'],
    ['haivemind logs weather --since 1h --json', 'for scripts: one JSON object a line'],
  ],
  async run({ io, args, print }) {
    const name = args.positionals[0] ?? ''
    const tail = args.text('lines') ?? '100'
    if (!/^\d{1,5}$/.test(tail) || Number(tail) > 10_000) throw usage(logs, '-n takes a number up to 10000')
    const stream = args.text('stream')
    if (stream !== undefined && !(LOG_STREAMS as readonly string[]).includes(stream)) {
      throw usage(logs, `--stream takes ${LOG_STREAMS.join(', ')}`)
    }
    const given = args.text('since')
    const since = given === undefined ? null : parseMoment(given, io.clock.now())
    if (given !== undefined && since === null) throw usage(logs, '--since takes a time or an age such as 10m')
    const query = {
      tail,
      stream,
      grep: args.text('grep'),
      since: since === null ? undefined : new Date(since).toISOString(),
    }
    const client = await openClient(io)
    const q = args.text('find')
    if (q !== undefined) return await find(client, name, { ...query, q, mode: args.text('mode') }, print)
    if (!args.flag('follow')) {
      const page = await withServer(client, name, () =>
        client.get<LogListJson>(serverPath(name, '/logs'), query),
      )
      for (const line of page.items) printLine(line, print)
      return 0
    }
    await withServer(client, name, async () => {
      const lines = client.lines<LogLineJson>(serverPath(name, '/logs'), { ...query, follow: 'true' })
      for await (const line of lines) printLine(line, print)
    })
    throw new AppError('daemon_unreachable', 'the platform ended the stream')
  },
}

type Search = { readonly q: string; readonly mode: string | undefined; readonly tail: string } & Readonly<
  Record<string, string | undefined>
>

async function find(client: Client, name: string, { grep, tail, ...query }: Search, print: Printer) {
  if (grep !== undefined) throw usage(logs, '--find and --grep do not go together')
  if (query.mode !== undefined && !(SEARCH_MODES as readonly string[]).includes(query.mode)) {
    throw usage(logs, `--mode takes ${SEARCH_MODES.join(', ')}`)
  }
  const limit = Math.min(1_000, Math.max(1, Number(tail)))
  const found: LogLineJson[] = []
  let cursor: string | null = null
  do {
    // A long log answers with what it has, and is gone through further by asking again.
    const asked = { ...query, limit: limit - found.length, ...(cursor === null ? {} : { cursor }) }
    const page: LogSearchJson = await withServer(client, name, () =>
      client.get<LogSearchJson>(serverPath(name, '/logs/search'), asked),
    )
    found.push(...page.items)
    cursor = page.next_cursor
  } while (cursor !== null && found.length < limit)
  for (const line of found.toReversed()) printLine(line, print)
  if (cursor !== null) print.note('there may be more: take a larger -n')
  return 0
}

function printLine(line: LogLineJson, print: Printer): void {
  const text = stripControls(line.text)
  print.record(line, print.quiet ? text : `${line.time} ${line.stream.padEnd(8)} ${text}`)
}
