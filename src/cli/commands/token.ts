import type {
  TokenCreatedJson,
  TokenListJson,
  TokenRequestJson,
  TokenRevokedJson,
} from '../../api/schema/token.ts'
import { nearest } from '../../domain/nearest.ts'
import type { Client } from '../client.ts'
import type { Arguments, Command } from '../command.ts'
import { parseDuration } from '../humanise.ts'
import { usage } from '../parse-arguments.ts'
import type { Printer } from '../print.ts'
import { openClient } from '../servers.ts'

const DAY = 86_400

export const token: Command = {
  name: 'token',
  group: 'access',
  summary: 'make, list and revoke tokens',
  arguments: 'create <name> | list | revoke <id>',
  takes: [1, 2],
  options: {
    scope: { type: 'string', value: 'SCOPE', multiple: true, help: 'what it may do (default mcp:call)' },
    expires: {
      type: 'string',
      value: 'TIME',
      help: 'valid for this long, for example 30d, or never (default 90d)',
    },
  },
  details:
    'A token is shown once; the platform keeps only its hash. mcp:call lets a client use every server,\n' +
    'mcp:call:weather one of them, mcp:call:weather:forecast one tool. Other scopes: servers:read, servers:write,\n' +
    'servers:deploy, servers:delete, logs:read, secrets:write, admin.',
  examples: [
    ['haivemind token create laptop', 'for an MCP client: may call every server'],
    ['haivemind token create ci --scope servers:deploy --scope servers:read --expires 30d', 'for a pipeline'],
    ['haivemind token revoke tok_01K…', 'stops working within a second'],
  ],
  async run({ io, args, print }) {
    const [verb = '', target] = args.positionals
    const client = await openClient(io)
    switch (verb) {
      case 'create':
        return await create(client, target, args, print)
      case 'list':
        return await list(client, print)
      case 'revoke':
        return await revoke(client, target, print)
      default: {
        const near = nearest(verb, ['create', 'list', 'revoke'])
        throw usage(token, `token has no "${verb}"${near === null ? '' : `; did you mean ${near}?`}`)
      }
    }
  },
}

async function create(
  client: Client,
  name: string | undefined,
  args: Arguments,
  print: Printer,
): Promise<number> {
  if (name === undefined) throw usage(token, 'token create needs a name, for example the client it is for')
  const scopes = args.texts('scope')
  const expires = args.text('expires')
  const request: TokenRequestJson = {
    name,
    scopes: scopes.length === 0 ? ['mcp:call'] : [...scopes],
    ...(expires === undefined ? {} : { expires_in_days: parseExpiry(expires) }),
  }
  const made = await client.send<TokenCreatedJson>('POST', '/tokens', request)
  print.result(made, () => {
    print.note(
      `${made.id}: ${made.scopes.join(', ')}; valid until ${made.expires_at ?? 'it is revoked'}; shown once:`,
    )
    print.line(made.token)
  })
  return 0
}

function parseExpiry(text: string): number | null {
  if (text === 'never') return null
  const seconds = parseDuration(text)
  if (seconds === null || seconds <= 0) throw usage(token, '--expires takes a time such as 30d, or never')
  return seconds / DAY
}

async function list(client: Client, print: Printer): Promise<number> {
  const { items } = await client.get<TokenListJson>('/tokens')
  print.result({ tokens: items }, () => {
    if (print.quiet) for (const item of items) print.line(item.id)
    else if (items.length === 0) print.note('no tokens; haivemind token create <name> makes one')
    else {
      const rows = items.map((item) => [
        item.id,
        item.name,
        item.scopes.join(', '),
        item.expires_at ?? 'never',
        item.last_used_at,
      ])
      print.table(['ID', 'NAME', 'SCOPES', 'EXPIRES', 'LAST USED'], rows)
    }
  })
  return 0
}

async function revoke(client: Client, id: string | undefined, print: Printer): Promise<number> {
  if (id === undefined) throw usage(token, 'token revoke needs an id')
  const answer = await client.send<TokenRevokedJson>('DELETE', `/tokens/${encodeURIComponent(id)}`)
  print.result(answer, () => print.note(`${answer.id}: revoked`))
  return 0
}
