import type {
  ChannelJson,
  ChannelListJson,
  ChannelMadeJson,
  DeliveryJson,
  NoticeListJson,
} from '../../api/schema/notification.ts'
import { CHANNEL_KINDS, NOTICE_TOPICS, NOTICE_URGENCIES } from '../../domain/notification.ts'
import { AppError } from '../../domain/error.ts'
import { nearest } from '../../domain/nearest.ts'
import type { Client } from '../client.ts'
import type { Arguments, Command, CommandContext } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import { stripControls } from '../print.ts'
import { readSecret } from '../read-secret.ts'
import { openClient } from '../servers.ts'

const VERBS = ['list', 'add', 'set', 'remove', 'test', 'log'] as const
const CHANNELS = '/notifications/channels'

export const notify: Command = {
  name: 'notify',
  group: 'operate',
  summary: 'tell somebody of what happens: webhooks, Slack, ntfy, mail',
  arguments: `list | add <${CHANNEL_KINDS.join('|')}> <name> | set <channel> | remove <channel> | test <channel> | log [channel]`,
  takes: [1, 3],
  options: {
    topic: {
      type: 'string',
      value: 'TOPIC',
      multiple: true,
      help: `${NOTICE_TOPICS.join(', ')} (default: all but server)`,
    },
    server: {
      type: 'string',
      value: 'NAME',
      multiple: true,
      help: 'only of this server; may stand several times',
    },
    urgency: {
      type: 'string',
      value: 'WORD',
      help: 'now: only what cannot wait; soon (default); info: everything',
    },
    'max-per-hour': {
      type: 'string',
      value: 'N',
      help: 'messages (20); what comes beyond it is told together',
    },
    'quiet-hours': {
      type: 'string',
      value: 'HH:MM-HH:MM',
      help: 'UTC; what is urgent comes nevertheless; none: no quiet hours',
    },
    on: { type: 'boolean', help: 'set: switch it on' },
    off: { type: 'boolean', help: 'add, set: switched off' },
    url: { type: 'string', value: 'URL', help: 'ntfy: the server (default https://ntfy.sh)' },
    'ntfy-topic': { type: 'string', value: 'NAME', help: 'ntfy: where to publish' },
    'from-file': { type: 'string', value: 'FILE', help: 'take the address, token or password from a file' },
    token: { type: 'boolean', help: 'ntfy: asks for an access token' },
    smtp: { type: 'string', value: 'HOST[:PORT]', help: 'mail: the server' },
    security: { type: 'string', value: 'HOW', help: 'mail: tls (default), starttls or none' },
    user: { type: 'string', value: 'NAME', help: 'mail: sign in, with a password that is asked for' },
    from: { type: 'string', value: 'ADDRESS', help: 'mail: the sender' },
    to: { type: 'string', value: 'ADDRESS', multiple: true, help: 'mail: may stand several times' },
    state: { type: 'string', value: 'WORD', help: 'log: waiting, sent or failed' },
    limit: { type: 'string', short: 'n', value: 'N', help: 'log: at most so many (50)' },
  },
  details:
    'The address of a webhook or of Slack opens it, so it is typed without an echo or comes on standard input, as\n' +
    'passwords and tokens do. It is stored sealed and not shown again. A webhook is signed (Standard Webhooks); its\n' +
    'secret is printed once. A channel is named by its id or its name.',
  examples: [
    ['haivemind notify add webhook pager < url.txt', 'a signed webhook'],
    ['haivemind notify add ntfy phone --ntfy-topic hive-7f3a --urgency now', 'only what cannot wait'],
    [
      'haivemind notify add mail team --smtp smtp.example.org --user hive --from hive@example.org --to ops@example.org',
      'asks for the password',
    ],
    ['haivemind notify test pager', 'does it arrive?'],
    ['haivemind notify log --state failed', 'what nobody got'],
  ],
  async run(context) {
    const { io, args } = context
    const [verb = '', what, name] = args.positionals
    const client = await openClient(io)
    if (verb === 'list') return await list(client, context)
    if (verb === 'log') return await log(client, context, what)
    if (verb === 'add') return await add(client, context, what, name)
    if (!(VERBS as readonly string[]).includes(verb)) {
      const near = nearest(verb, VERBS)
      throw usage(notify, `notify has no "${verb}"${near === null ? '' : `; did you mean ${near}?`}`)
    }
    if (what === undefined || name !== undefined) throw usage(notify, `notify ${verb} takes one channel`)
    const channel = await find(client, what)
    if (verb === 'set') return await change(client, context, channel)
    return verb === 'test' ? await test(client, context, channel) : await remove(client, context, channel)
  },
}

async function find(client: Client, given: string): Promise<ChannelJson> {
  const { items } = await client.get<ChannelListJson>(CHANNELS)
  const found = items.find(({ id }) => id === given) ?? items.find(({ name }) => name === given)
  if (found !== undefined) return found
  const near = nearest(
    given,
    items.map(({ name }) => name),
  )
  throw new AppError('notification_channel_not_found', `There is no channel "${given}".`, {
    hint: near === null ? 'See haivemind notify list.' : `Did you mean "${near}"?`,
  })
}

async function list(client: Client, { print }: CommandContext): Promise<number> {
  const { items } = await client.get<ChannelListJson>(CHANNELS)
  print.result({ channels: items }, () => {
    if (print.quiet) for (const { name } of items) print.line(name)
    else if (items.length === 0) print.note('no channels yet; haivemind notify add makes one')
    else {
      const rows = items.map((channel) => [
        channel.id,
        channel.name,
        channel.kind,
        channel.enabled ? 'on' : 'off',
        channel.min_urgency,
        channel.topics.join(','),
        channel.servers.length === 0 ? 'all' : channel.servers.join(','),
        channel.target,
      ])
      print.table(['ID', 'NAME', 'KIND', 'STATE', 'FROM', 'TOPICS', 'SERVERS', 'TARGET'], rows)
    }
  })
  return 0
}

async function add(
  client: Client,
  { io, args, print }: CommandContext,
  kind: string | undefined,
  name: string | undefined,
): Promise<number> {
  if (name === undefined || !CHANNEL_KINDS.some((known) => known === kind)) {
    throw usage(notify, `notify add takes ${CHANNEL_KINDS.join(', ')} and a name`)
  }
  const ask = async (what: string) => (await readSecret(io, what, args.text('from-file'))).reveal()
  const target = await readTarget(kind as ChannelJson['kind'], args, ask)
  const made = await client.send<ChannelMadeJson>('POST', CHANNELS, { name, target, ...readSettings(args) })
  print.result(made, () => {
    print.note(`${made.name} (${made.id}) tells ${made.target}`)
    if (made.secret !== null) print.line(made.secret)
    print.note(`try it: haivemind notify test ${made.id}`)
  })
  return 0
}

async function readTarget(
  kind: ChannelJson['kind'],
  args: Arguments,
  ask: (what: string) => Promise<string>,
): Promise<Readonly<Record<string, unknown>>> {
  if (kind === 'webhook' || kind === 'slack') return { kind, url: await ask('address') }
  if (kind === 'ntfy') {
    const topic = args.text('ntfy-topic')
    if (topic === undefined) throw usage(notify, 'ntfy needs --ntfy-topic')
    return { kind, url: args.text('url'), topic, token: args.flag('token') ? await ask('token') : undefined }
  }
  const [host, port, more] = (args.text('smtp') ?? '').split(':')
  const [from, to, user] = [args.text('from'), args.texts('to'), args.text('user')]
  if (host === undefined || host === '' || more !== undefined || from === undefined || to.length === 0) {
    throw usage(notify, 'mail needs --smtp HOST[:PORT], --from and --to')
  }
  return {
    kind,
    host,
    port: port === undefined ? undefined : Number(port),
    security: args.text('security'),
    user,
    password: user === undefined ? undefined : await ask('password'),
    from,
    to,
  }
}

function readSettings(args: Arguments): Readonly<Record<string, unknown>> {
  const [topics, servers] = [args.texts('topic'), args.texts('server')]
  const [urgency, most] = [args.text('urgency'), args.text('max-per-hour')]
  if (urgency !== undefined && !NOTICE_URGENCIES.some((word) => word === urgency)) {
    throw usage(notify, `--urgency takes ${NOTICE_URGENCIES.join(', ')}`)
  }
  if (most !== undefined && !/^[1-9]\d{0,3}$/.test(most)) throw usage(notify, '--max-per-hour takes a number')
  if (args.flag('on') && args.flag('off')) throw usage(notify, '--on and --off exclude each other')
  return {
    ...(topics.length === 0 ? {} : { topics }),
    ...(servers.length === 0 ? {} : { servers }),
    ...(urgency === undefined ? {} : { min_urgency: urgency }),
    ...(most === undefined ? {} : { max_per_hour: Number(most) }),
    ...readQuiet(args.text('quiet-hours')),
    ...(args.flag('on') ? { enabled: true } : args.flag('off') ? { enabled: false } : {}),
  }
}

function readQuiet(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {}
  if (text === 'none') return { quiet_hours: null }
  const [, from, to] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text) ?? []
  if (from === undefined) throw usage(notify, '--quiet-hours takes hours as 22:00-07:00, in UTC, or none')
  return { quiet_hours: { from, to } }
}

async function change(
  client: Client,
  { args, print }: CommandContext,
  channel: ChannelJson,
): Promise<number> {
  const settings = readSettings(args)
  if (Object.keys(settings).length === 0) throw usage(notify, 'notify set needs something to set')
  const changed = await client.send<ChannelMadeJson>('PATCH', `${CHANNELS}/${channel.id}`, settings)
  print.result(changed, () => print.note(`${changed.name} is ${changed.enabled ? 'on' : 'off'}`))
  return 0
}

async function test(client: Client, { print }: CommandContext, { id, name }: ChannelJson): Promise<number> {
  const done = await client.send<DeliveryJson>('POST', `${CHANNELS}/${id}/test`, {})
  print.result(done, () => {
    if (done.sent) print.note(`${name}: sent in ${done.milliseconds} ms`)
    else print.note(`${name}: not sent: ${stripControls(done.error ?? '')}`)
  })
  return done.sent ? 0 : 1
}

async function remove(client: Client, { print }: CommandContext, { id, name }: ChannelJson): Promise<number> {
  const gone = await client.send<unknown>('DELETE', `${CHANNELS}/${id}`)
  print.result(gone, () => print.note(`${name} is removed`))
  return 0
}

async function log(
  client: Client,
  { args, print }: CommandContext,
  given: string | undefined,
): Promise<number> {
  const limit = args.text('limit') ?? '50'
  if (!/^[1-9]\d{0,2}$/.test(limit)) throw usage(notify, '--limit takes a number')
  const channel = given === undefined ? undefined : (await find(client, given)).id
  const query = { channel, state: args.text('state'), limit }
  const { items } = await client.get<NoticeListJson>('/notifications', query)
  print.result({ notices: items }, () => {
    if (items.length === 0) return print.note('nothing was told yet')
    print.table(
      ['AT', 'STATE', 'URGENCY', 'TRIES', 'WHAT', 'ERROR'],
      items.map(({ at, state, urgency, attempts, title, error }) => [
        at,
        state,
        urgency,
        String(attempts),
        stripControls(title),
        error === null ? null : stripControls(error),
      ]),
    )
  })
  return 0
}
