import type {
  UserJson,
  UserListJson,
  UserPatchJson,
  UserRemovedJson,
  UserRequestJson,
} from '../../api/schema/people.ts'
import { nearest } from '../../domain/nearest.ts'
import { ROLES, type Role } from '../../domain/role.ts'
import type { Client } from '../client.ts'
import type { Arguments, Command, CommandContext } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import type { Printer } from '../print.ts'
import { readPassword } from '../read-password.ts'
import { openClient } from '../servers.ts'

const VERBS = ['add', 'list', 'remove', 'set-role', 'set-password']

export const user: Command = {
  name: 'user',
  group: 'access',
  summary: 'make, list, change and remove people’s accounts',
  arguments: 'add <name> | list | remove <name> | set-role <name> <role> | set-password <name>',
  takes: [1, 3],
  options: {
    role: { type: 'string', value: 'ROLE', help: 'viewer (default), operator, deployer or admin' },
  },
  details:
    'A viewer sees servers and logs. An operator also starts, stops, configures and calls them; a deployer also\n' +
    'deploys, deletes and sets secrets; an admin also manages access. A password is typed on the terminal, or is the\n' +
    'first line of stdin. Changing a role or password ends the sessions of that person.',
  examples: [
    ['haivemind user add ada --role operator', 'asks for a password'],
    ['haivemind user set-role ada admin', 'one administrator always stays'],
    ['printf %s "$PASSWORD" | haivemind user set-password ada', 'in a script'],
  ],
  async run(context) {
    const { io, args, print } = context
    const [verb = '', name, role] = args.positionals
    if (role !== undefined && verb !== 'set-role') throw usage(user, `unexpected argument "${role}"`)
    switch (verb) {
      case 'list':
        return list(await openClient(io), print)
      case 'add':
        return add(context, name)
      case 'remove':
        return remove(await openClient(io), nameOf(name, verb), print)
      case 'set-role':
        return change(await openClient(io), nameOf(name, verb), { role: parseRole(role ?? '') }, print)
      case 'set-password': {
        const target = nameOf(name, verb)
        const password = (await readPassword(io)).reveal()
        return change(await openClient(io), target, { password }, print)
      }
      default: {
        const near = nearest(verb, VERBS)
        throw usage(user, `user has no "${verb}"${near === null ? '' : `; did you mean ${near}?`}`)
      }
    }
  },
}

function nameOf(name: string | undefined, verb: string): string {
  if (name === undefined) throw usage(user, `user ${verb} needs a name`)
  return name
}

function parseRole(text: string): Role {
  const found = ROLES.find((role) => role === text)
  if (found === undefined) throw usage(user, `a role is one of ${ROLES.join(', ')}`)
  return found
}

const roleOf = (args: Arguments) => parseRole(args.text('role') ?? 'viewer')

async function add({ io, args, print }: CommandContext, name: string | undefined): Promise<number> {
  const target = nameOf(name, 'add')
  const role = roleOf(args)
  const password = (await readPassword(io)).reveal()
  const request: UserRequestJson = { name: target, role, password }
  const made = await (await openClient(io)).send<UserJson>('POST', '/users', request)
  print.result(made, () => print.note(`${made.name}: ${made.role}`))
  return 0
}

async function list(client: Client, print: Printer): Promise<number> {
  const { items } = await client.get<UserListJson>('/users')
  print.result({ users: items }, () => {
    if (print.quiet) for (const item of items) print.line(item.name)
    else if (items.length === 0) print.note('no accounts; haivemind user add <name> --role admin makes one')
    else {
      const rows = items.map((item) => [
        item.name,
        item.role,
        item.has_password ? 'password' : 'elsewhere',
        item.created_at,
        item.last_login_at,
      ])
      print.table(['NAME', 'ROLE', 'SIGNS IN BY', 'CREATED', 'LAST SIGN-IN'], rows)
    }
  })
  return 0
}

async function change(client: Client, name: string, body: UserPatchJson, print: Printer): Promise<number> {
  const changed = await client.send<UserJson>('PATCH', `/users/${encodeURIComponent(name)}`, body)
  print.result(changed, () => print.note(`${changed.name}: ${changed.role}; signed out everywhere`))
  return 0
}

async function remove(client: Client, name: string, print: Printer): Promise<number> {
  const answer = await client.send<UserRemovedJson>('DELETE', `/users/${encodeURIComponent(name)}`)
  print.result(answer, () => print.note(`${answer.name}: removed`))
  return 0
}
