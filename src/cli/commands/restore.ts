import type { ServerJson } from '../../api/schema/server.ts'
import type { Command } from '../command.ts'
import { openClient, serverPath, withServer } from '../servers.ts'

export const restore: Command = {
  name: 'restore',
  group: 'operate',
  summary: 'host an archived server again',
  arguments: '<name>',
  takes: [1, 1],
  details:
    'A server is archived when it expires (expires_at), or when it has been failed for longer than\n' +
    'cleanup.failed_after_days. Its versions, data, logs, settings and secrets are as they were; it is stopped and\n' +
    'does not expire any more.',
  examples: [
    ['haivemind list --archived', 'what can be restored'],
    ['haivemind restore weather', 'bring it back, stopped'],
  ],
  async run({ io, args, print }) {
    const name = args.positionals[0] ?? ''
    const client = await openClient(io)
    const server = await withServer(client, name, () =>
      client.send<ServerJson>('POST', serverPath(name, '/restore')),
    )
    print.result(server, () =>
      print.note(`${server.name}: restored; haivemind start ${server.name} starts it`),
    )
    return 0
  },
}
