import type { ServerJson } from '../../api/schema/server.ts'
import type { Command } from '../command.ts'
import { formatBytes, formatDuration, formatPercent } from '../humanise.ts'
import type { Printer } from '../print.ts'
import { usage } from '../parse-arguments.ts'
import { describeStatus, listServers, openClient } from '../servers.ts'

const HEADER = ['NAME', 'STATUS', 'VERSION', 'UPTIME', 'RESTARTS', 'CPU', 'MEMORY', 'ENDPOINT']

export const list: Command = {
  name: 'list',
  aliases: ['ls'],
  group: 'operate',
  summary: 'list the servers',
  takes: [0, 0],
  options: {
    archived: { type: 'boolean', help: 'those that are archived instead' },
    status: { type: 'string', value: 'WORDS', help: 'only these, comma-separated: running,failed' },
    tag: { type: 'string', value: 'TAGS', help: 'only those with all of these tags' },
    search: { type: 'string', value: 'TEXT', help: 'in name, description or tags' },
    sort: {
      type: 'string',
      value: 'KEY',
      help: 'name, status, restarts, memory, cpu, created_at, updated_at; --sort=-memory: the greatest first',
    },
    fields: { type: 'string', value: 'NAMES', help: 'with --json: only these fields of each' },
    limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many' },
  },
  examples: [
    ['haivemind list', 'a table'],
    ['haivemind list -q', 'names only'],
    ['haivemind list --status failed,backoff', 'what does not run as it should'],
    ['haivemind list --sort=-memory -n 5', 'the five that take most'],
    ['haivemind list --archived', 'what can be restored'],
    ['haivemind list --json', 'everything, for scripts'],
  ],
  async run({ io, args, print }) {
    const isArchived = args.flag('archived')
    const [fields, limit] = [args.text('fields'), args.text('limit')]
    if (fields !== undefined && !print.json) throw usage(list, '--fields goes with --json')
    if (limit !== undefined && !/^[1-9]\d{0,5}$/.test(limit)) throw usage(list, '--limit takes a number')
    const query = {
      status: args.text('status'),
      tag: args.text('tag'),
      q: args.text('search'),
      sort: args.text('sort'),
      fields,
      archived: isArchived ? 'true' : undefined,
    }
    const most = limit === undefined ? Infinity : Number(limit)
    const servers = await listServers(await openClient(io), query, most)
    print.result({ servers }, () => {
      if (print.quiet) for (const server of servers) print.line(server.name)
      else if (isArchived) printArchived(servers, print)
      else if (servers.length === 0) print.note('no servers yet; haivemind deploy <directory> makes one')
      else
        print.table(
          HEADER,
          servers.map((server) => renderRow(server, io.clock.now())),
        )
    })
    return 0
  },
}

function printArchived(servers: readonly ServerJson[], print: Printer): void {
  if (servers.length === 0) return print.note('no archived servers')
  print.table(
    ['NAME', 'ARCHIVED', 'WHY'],
    servers.map(({ name, archived }) => [name, archived?.at ?? null, archived?.why ?? null]),
  )
  print.note('haivemind restore <name> brings one back')
}

function renderRow(server: ServerJson, now: number): (string | null)[] {
  const { usage, limits } = server
  const broken = server.status === 'backoff' || server.status === 'failed'
  return [
    server.name,
    describeStatus(server, now),
    server.version === null ? null : String(server.version),
    server.uptime_seconds === null ? null : formatDuration(server.uptime_seconds),
    String(server.restarts),
    usage === null ? null : formatPercent(usage.cpu_percent),
    usage === null
      ? null
      : `${formatBytes(usage.memory_bytes)} / ${formatBytes(limits.memory_mb * 1024 * 1024)}`,
    broken ? (server.reason ?? server.endpoint) : server.endpoint,
  ]
}
