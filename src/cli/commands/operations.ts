import type { OperationListJson } from '../../api/schema/operation.ts'
import { OPERATION_STATUSES } from '../../domain/deployment.ts'
import type { Command } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import { stripControls } from '../print.ts'
import { openClient } from '../servers.ts'

export const operations: Command = {
  name: 'operations',
  group: 'deploy',
  summary: 'list deployments, newest first: who began them, how far they came',
  takes: [0, 0],
  options: {
    server: { type: 'string', value: 'NAME', help: 'of this server alone' },
    status: { type: 'string', value: 'WORD', help: OPERATION_STATUSES.join(', ') },
    limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many (50)' },
  },
  examples: [
    ['haivemind operations --status running', 'what goes on now'],
    ['haivemind operations --server weather -n 5', 'the last five deployments of a server'],
    ['haivemind operations --json', 'for scripts'],
  ],
  async run({ io, args, print }) {
    const [server, status] = [args.text('server'), args.text('status')]
    const limit = args.text('limit') ?? '50'
    if (!/^[1-9]\d{0,2}$/.test(limit)) throw usage(operations, '--limit takes a number')
    if (status !== undefined && !OPERATION_STATUSES.some((word) => word === status)) {
      throw usage(operations, `--status takes one of ${OPERATION_STATUSES.join(', ')}`)
    }
    const client = await openClient(io)
    const list = await client.get<OperationListJson>('/operations', { server, status, limit })
    print.result({ operations: list.items }, () => {
      if (print.quiet) for (const { id } of list.items) print.line(id)
      else if (list.items.length === 0) print.note('no deployments')
      else {
        print.table(
          ['ID', 'SERVER', 'STATUS', 'STAGE', 'BEGAN', 'BY', 'ERROR'],
          list.items.map(({ id, name, status: state, stage, created_at, actor, error }) => [
            id,
            name === '' ? null : name,
            state,
            stage,
            created_at,
            actor,
            error === null ? null : stripControls(error.message),
          ]),
        )
      }
    })
    return 0
  },
}
