import type { SuppressionJson, SuppressionListJson } from '../../api/schema/finding.ts'
import type { Arguments, Command } from '../command.ts'
import type { Client } from '../client.ts'
import { usage } from '../parse-arguments.ts'
import type { Printer } from '../print.ts'
import { openClient } from '../servers.ts'

export const suppress: Command = {
  name: 'suppress',
  group: 'deploy',
  summary: 'let a finding that is wrong count no more, for a time',
  arguments: '[fingerprint]',
  takes: [0, 1],
  options: {
    reason: { type: 'string', value: 'TEXT', help: 'why it is harmless' },
    days: { type: 'string', value: 'N', help: 'for how long; 90 unless said, 365 at most' },
    remove: { type: 'boolean', help: 'let it count again' },
    list: { type: 'boolean', help: 'what does not count, and why' },
  },
  details:
    'For administrators. A fingerprint stands beside each finding; it stays the same when lines move, and changes with\n' +
    'what was found. Versions that wait for approval go on waiting.',
  examples: [
    ['haivemind suppress 0123456789abcdef0123456789abcdef --reason "a test key" --days 30', 'for a month'],
    ['haivemind suppress --list', 'what does not count'],
  ],
  async run({ io, args, print }) {
    const fingerprint = args.positionals[0]
    const client = await openClient(io)
    if (args.flag('list')) return list(client, print)
    if (fingerprint === undefined) throw usage(suppress, 'name a fingerprint, or use --list')
    if (args.flag('remove')) {
      const gone = await client.send<unknown>('DELETE', `/suppressions/${encodeURIComponent(fingerprint)}`)
      print.result(gone, () => print.note(`${fingerprint} counts again`))
      return 0
    }
    return add(client, fingerprint, args, print)
  },
}

async function add(client: Client, fingerprint: string, args: Arguments, print: Printer): Promise<number> {
  const reason = args.text('reason')
  const days = args.text('days')
  if (reason === undefined) throw usage(suppress, 'say why with --reason')
  if (days !== undefined && !/^[1-9]\d{0,2}$/.test(days)) throw usage(suppress, '--days is a number')
  const made = await client.send<SuppressionJson>('POST', '/suppressions', {
    fingerprint,
    reason,
    ...(days === undefined ? {} : { days: Number(days) }),
  })
  print.result(made, () => print.note(`${fingerprint} does not count until ${made.expires_at}`))
  return 0
}

async function list(client: Client, print: Printer): Promise<number> {
  const { items } = await client.get<SuppressionListJson>('/suppressions')
  print.result({ suppressions: items }, () =>
    print.table(
      ['FINGERPRINT', 'UNTIL', 'BY', 'REASON'],
      items.map((item) => [
        item.fingerprint,
        item.expired ? `${item.expires_at} (over)` : item.expires_at,
        item.created_by,
        item.reason,
      ]),
    ),
  )
  return 0
}
