import type { ServerDeletedJson } from '../../api/schema/server.ts'
import { AppError } from '../../domain/error.ts'
import type { Command } from '../command.ts'
import { confirm } from '../confirm.ts'
import { openClient, serverPath, withServer } from '../servers.ts'

export const remove: Command = {
  name: 'delete',
  aliases: ['rm'],
  group: 'operate',
  summary: 'stop a server and remove it with its versions, data and logs',
  arguments: '<name>',
  takes: [1, 1],
  options: { yes: { type: 'boolean', short: 'y', help: 'do not ask' } },
  examples: [
    ['haivemind delete weather', 'asks first'],
    ['haivemind delete weather --yes', 'for scripts'],
  ],
  async run({ io, args, print }) {
    const name = args.positionals[0] ?? ''
    if (!args.flag('yes')) {
      if (io.stdin.isTTY !== true || print.json) {
        throw new AppError('usage', `delete of "${name}" needs --yes when nobody can be asked`, {
          hint: 'Its versions, data and logs are removed for good.',
        })
      }
      const agreed = await confirm(io, `Delete "${name}" with its versions, data and logs? [y/N] `)
      if (!agreed) throw new AppError('usage', 'nothing was deleted', { hint: 'Answer y to delete.' })
    }
    const client = await openClient(io)
    const answer = await withServer(client, name, () =>
      client.send<ServerDeletedJson>('DELETE', serverPath(name), undefined, { query: { force: 'true' } }),
    )
    print.result(answer, () => print.note(`${answer.name}: deleted`))
    return 0
  },
}
