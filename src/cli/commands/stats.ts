import type { ServerCallsJson } from '../../api/schema/calls.ts'
import type { SamplesJson } from '../../api/schema/samples.ts'
import type { StatsJson } from '../../api/schema/platform.ts'
import type { Command } from '../command.ts'
import { formatBytes, formatDuration, formatMilliseconds, formatPercent, parseDuration } from '../humanise.ts'
import type { CliIo } from '../io.ts'
import { usage } from '../parse-arguments.ts'
import { stripControls, type Printer } from '../print.ts'
import { renderSamples, SAMPLE_HEADINGS } from '../render-samples.ts'
import { openClient, serverPath, withServer } from '../servers.ts'

type CallsRow = NonNullable<ServerCallsJson['all']>

export const stats: Command = {
  name: 'stats',
  group: 'operate',
  summary: 'show servers, load and calls of the whole platform, or the calls of one server by tool',
  arguments: '[name]',
  takes: [0, 1],
  options: {
    since: {
      type: 'string',
      value: 'AGE',
      help: 'with a name: calls, how far to look back, at most 7d (1h)',
    },
    range: {
      type: 'string',
      value: 'AGE',
      help: 'what was measured since then, step by step, at most 400d: of the server, or of the machine',
    },
  },
  examples: [
    ['haivemind stats', 'for reading'],
    ['haivemind stats weather --since 1d', 'each tool: calls, errors by kind, p50, p95, p99'],
    ['haivemind stats weather --range 24h', 'CPU, memory, files, connections, traffic and their course'],
    ['haivemind stats --json', 'for scripts'],
  ],
  async run({ io, args, print }) {
    const name = args.positionals[0]
    const since = args.text('since')
    const range = args.text('range')
    if (range !== undefined) {
      if (since !== undefined) throw usage(stats, 'give --since for calls or --range for samples')
      return showSamples(io, print, name, parseSeconds(range, 'range'))
    }
    if (name !== undefined) return showCalls(io, print, name, parseSeconds(since ?? '1h', 'since'))
    if (since !== undefined) throw usage(stats, '--since needs the name of a server')
    const found = await (await openClient(io)).get<StatsJson>('/stats')
    print.result(found, () => {
      const { servers, usage, calls_last_hour: calls } = found
      const states = Object.entries(servers.by_status).filter(([, count]) => count > 0)
      const split = states.map(([state, count]) => `${count} ${state}`).join(', ')
      print.line(`servers    ${servers.total} of at most ${servers.max}${split === '' ? '' : ` (${split})`}`)
      print.line(`memory     ${formatBytes(usage.memory_bytes)}`)
      print.line(`cpu        ${formatPercent(usage.cpu_percent)} of a core`)
      print.line(`processes  ${usage.processes}`)
      print.line(`calls      ${calls.total} in the last hour, ${calls.failed} failed`)
      print.line(`uptime     ${formatDuration(found.uptime_seconds)}`)
    })
    return 0
  },
}

async function showSamples(
  io: CliIo,
  print: Printer,
  name: string | undefined,
  seconds: number,
): Promise<number> {
  const client = await openClient(io)
  const query = { seconds }
  const found =
    name === undefined
      ? await client.get<SamplesJson>('/samples', query)
      : await withServer(client, name, () => client.get<SamplesJson>(serverPath(name, '/samples'), query))
  print.result(found, () => {
    print.table([...SAMPLE_HEADINGS], renderSamples(found))
    print.line(`from ${found.from} to ${found.to}, in steps of ${formatDuration(found.step_seconds)}`)
  })
  return 0
}

function parseSeconds(text: string, option: string): number {
  const seconds = parseDuration(text)
  if (seconds === null || seconds < 1) throw usage(stats, `--${option} takes an age such as 10m`)
  return Math.floor(seconds)
}

async function showCalls(io: CliIo, print: Printer, name: string, seconds: number): Promise<number> {
  const client = await openClient(io)
  const found = await withServer(client, name, () =>
    client.get<ServerCallsJson>(serverPath(name, '/metrics'), { seconds }),
  )
  print.result(found, () => {
    const total = found.all === null ? [] : [renderRow('all', found.all)]
    const rows = [...total, ...found.items.map((item) => renderRow(item.tool ?? item.method, item))]
    print.table(['TOOL', 'CALLS', 'OK', 'ERRORS', 'P50', 'P95', 'P99', 'MAX'], rows)
  })
  return 0
}

function renderRow(label: string, { calls, outcomes, latency_ms: times }: CallsRow): (string | null)[] {
  const failed = Object.entries(outcomes).filter(([outcome]) => outcome !== 'ok')
  const errors = failed.map(([outcome, count]) => `${count} ${outcome}`).join(', ')
  const latency = [times.p50, times.p95, times.p99, times.max].map(formatMilliseconds)
  return [
    stripControls(label),
    String(calls),
    String(outcomes.ok ?? 0),
    errors === '' ? null : errors,
    ...latency,
  ]
}
