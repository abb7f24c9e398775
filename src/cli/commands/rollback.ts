import type { ServerJson } from '../../api/schema/server.ts'
import type { Command } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import { describeStatus, openClient, serverPath, withServer } from '../servers.ts'

export const rollback: Command = {
  name: 'rollback',
  group: 'deploy',
  summary: 'switch a server to an earlier version',
  arguments: '<name> [version]',
  takes: [1, 2],
  examples: [
    ['haivemind rollback weather', 'to the version before the active one'],
    ['haivemind rollback weather 3', 'to version 3'],
  ],
  async run({ io, args, print }) {
    const [name = '', version] = args.positionals
    if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version)) {
      throw usage(rollback, 'a version is a number; see haivemind versions <name>')
    }
    const client = await openClient(io)
    const body = version === undefined ? {} : { version: Number(version) }
    const server = await withServer(client, name, () =>
      client.send<ServerJson>('POST', serverPath(name, '/rollback'), body),
    )
    print.result(server, () =>
      print.note(`${name}: version ${server.version ?? '-'}, ${describeStatus(server, io.clock.now())}`),
    )
    return 0
  },
}
