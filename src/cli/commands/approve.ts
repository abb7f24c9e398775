import type { ServerJson } from '../../api/schema/server.ts'
import type { Command } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import { describeStatus, openClient, serverPath, withServer } from '../servers.ts'

export const approve: Command = {
  name: 'approve',
  group: 'deploy',
  summary: 'release a version that waits for approval, and start it',
  arguments: '<name> [version]',
  takes: [1, 2],
  options: {
    reason: { type: 'string', value: 'TEXT', help: 'why; it is kept with the version' },
    'no-start': { type: 'boolean', help: 'approve only' },
  },
  details: 'For administrators. Without a version: the one that waits; where several do, say which.',
  examples: [
    ['haivemind findings weather', 'first: what was found'],
    [
      'haivemind approve weather --reason "read server.py; the shell call is meant"',
      'then: release and start',
    ],
  ],
  async run({ io, args, print }) {
    const [name = '', version] = args.positionals
    const reason = args.text('reason')
    if (reason === undefined) throw usage(approve, 'say why with --reason')
    if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version)) {
      throw usage(approve, 'a version is a number; see haivemind versions <name>')
    }
    const client = await openClient(io)
    const body = {
      reason,
      start: !args.flag('no-start'),
      ...(version === undefined ? {} : { version: Number(version) }),
    }
    const server = await withServer(client, name, () =>
      client.send<ServerJson>('POST', serverPath(name, '/approve'), body),
    )
    print.result(server, () =>
      print.note(
        `${name}: approved; version ${server.version ?? '-'}, ${describeStatus(server, io.clock.now())}`,
      ),
    )
    return 0
  },
}
