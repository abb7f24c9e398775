import type {
  KeyRotatedJson,
  SecretChangedJson,
  SecretListJson,
  SecretRequestJson,
} from '../../api/schema/secret.ts'
import { nearest } from '../../domain/nearest.ts'
import { SECRET_DELIVERIES } from '../../domain/secret-declaration.ts'
import type { Client } from '../client.ts'
import type { Command, CommandContext } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import type { Printer } from '../print.ts'
import { readSecret } from '../read-secret.ts'
import { openClient, serverPath, withServer } from '../servers.ts'

const VERBS = ['set', 'list', 'remove', 'rotate-key'] as const

export const secret: Command = {
  name: 'secret',
  group: 'operate',
  summary: 'set, list and remove the secrets of a server',
  arguments: 'set <name> <key> | list <name> | remove <name> <key> | rotate-key',
  takes: [1, 3],
  options: {
    'from-file': { type: 'string', value: 'FILE', help: 'take the value from a file, byte by byte' },
    as: {
      type: 'string',
      value: 'HOW',
      help: 'environment or file (/run/secrets/KEY); default: as the server declares it',
    },
  },
  details:
    'The value is typed without an echo, or comes on standard input, never as an argument. It is stored encrypted and\n' +
    'can be replaced but not read. A running server gets it at its next start. rotate-key puts all secrets of the\n' +
    'platform under a new key.',
  examples: [
    ['haivemind secret set weather API_KEY', 'asks for the value'],
    ['haivemind secret set weather API_KEY < key.txt', 'from another program'],
    ['haivemind secret set weather TLS_KEY --from-file key.pem --as file', 'several lines, as a file'],
    ['haivemind secret list weather', 'names, versions, fingerprints'],
  ],
  async run(context) {
    const [verb = '', name, key] = context.args.positionals
    const client = await openClient(context.io)
    if (verb === 'rotate-key') return await rotateKey(client, context.print)
    if (!(VERBS as readonly string[]).includes(verb)) {
      const near = nearest(verb, VERBS)
      throw usage(secret, `secret has no "${verb}"${near === null ? '' : `; did you mean ${near}?`}`)
    }
    if (name === undefined) throw usage(secret, `secret ${verb} needs the name of a server`)
    if (verb === 'list') return await list(client, name, context.print)
    if (key === undefined) throw usage(secret, `secret ${verb} needs the name of the secret`)
    return verb === 'set'
      ? await set(context, client, name, key)
      : await remove(client, name, key, context.print)
  },
}

async function set({ io, args, print }: CommandContext, client: Client, name: string, key: string) {
  const as = SECRET_DELIVERIES.find((known) => known === args.text('as'))
  if (args.text('as') !== undefined && as === undefined) throw usage(secret, '--as takes environment or file')
  const value = await readSecret(io, key, args.text('from-file'))
  const request: SecretRequestJson = {
    name: key,
    value_base64: value.revealBytes().toString('base64'),
    ...(as === undefined ? {} : { as }),
  }
  const answer = await withServer(client, name, () =>
    client.send<SecretChangedJson>('POST', serverPath(name, '/secrets'), request),
  )
  print.result(answer, () => {
    const version = answer.items.find((item) => item.name === key)?.version ?? '?'
    print.note(`${name}: ${key} is set (version ${version})`)
    tellWhen(answer, name, print)
  })
  return 0
}

async function remove(client: Client, name: string, key: string, print: Printer): Promise<number> {
  const path = serverPath(name, `/secrets/${encodeURIComponent(key)}`)
  const answer = await withServer(client, name, () => client.send<SecretChangedJson>('DELETE', path))
  print.result(answer, () => {
    print.note(`${name}: ${key} is removed`)
    tellWhen(answer, name, print)
  })
  return 0
}

function tellWhen(
  { started, restart_required: restart, items }: SecretChangedJson,
  name: string,
  print: Printer,
) {
  const missing = items.filter((item) => item.required && !item.set).map((item) => item.name)
  if (started) print.note(`${name} was waiting for it and starts`)
  else if (restart) print.note(`restart to apply: haivemind restart ${name}`)
  if (missing.length > 0) print.note(`still missing: ${missing.join(', ')}`)
}

async function list(client: Client, name: string, print: Printer): Promise<number> {
  const answer = await withServer(client, name, () =>
    client.get<SecretListJson>(serverPath(name, '/secrets')),
  )
  print.result(answer, () => {
    if (print.quiet) for (const item of answer.items) print.line(item.name)
    else if (answer.items.length === 0) print.note(`${name} has no secrets`)
    else {
      const rows = answer.items.map((item) => [
        item.name,
        item.set ? String(item.version) : item.required ? 'missing' : 'not set',
        item.as,
        item.fingerprint,
        item.created_at,
        item.description,
      ])
      print.table(['NAME', 'VERSION', 'AS', 'FINGERPRINT', 'SET', 'DESCRIPTION'], rows)
      if (answer.restart_required) print.note(`restart to apply: haivemind restart ${name}`)
    }
  })
  return 0
}

async function rotateKey(client: Client, print: Printer): Promise<number> {
  const answer = await client.send<KeyRotatedJson>('POST', '/secrets/rotate-key', {})
  print.result(answer, () =>
    print.note(
      `${answer.secrets} secrets are under the new key ${answer.key_id}; back up the key file, apart from the data`,
    ),
  )
  return 0
}
