import type { OperationJson } from '../../api/schema/operation.ts'
import type { Command } from '../command.ts'
import { openClient } from '../servers.ts'

export const cancel: Command = {
  name: 'cancel',
  group: 'deploy',
  summary: 'end a deployment that goes on',
  arguments: '<operation>',
  takes: [1, 1],
  details: 'What it began is taken back; an earlier version of the server goes on.',
  examples: [
    ['haivemind cancel op_01JX', 'the id that haivemind deploy printed'],
    ['haivemind cancel op_01JX --json', 'with how far it had come'],
  ],
  async run({ io, args, print }) {
    const client = await openClient(io)
    const operation = await client.send<OperationJson>(
      'POST',
      `/operations/${encodeURIComponent(args.positionals[0] ?? '')}/cancel`,
    )
    print.result(operation, () => print.note(`${operation.id}: cancelled`))
    return 0
  },
}
