/** start, stop and restart: one shape, three words. */
import type { ServerJson } from '../../api/schema/server.ts'
import { AppError } from '../../domain/error.ts'
import type { Command, CommandContext } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import {
  describeFailure,
  describeStatus,
  listServers,
  openClient,
  serverPath,
  withServer,
} from '../servers.ts'

type Verb = 'start' | 'stop' | 'restart'

function buildCommand(verb: Verb, summary: string, details: string): Command {
  const command: Command = {
    name: verb,
    group: 'operate',
    summary,
    arguments: '<name>',
    takes: [0, 1],
    options: { all: { type: 'boolean', help: `${verb} every server` } },
    details,
    examples: [
      [`haivemind ${verb} weather`, `${verb} one server`],
      [`haivemind ${verb} --all`, `${verb} every server`],
    ],
    run: (context) => run(verb, command, context),
  }
  return command
}

export const start = buildCommand(
  'start',
  'start a server and wait until it answers',
  'Answers once the server is running, or says why it is not.',
)
export const stop = buildCommand(
  'stop',
  'stop a server; it stays stopped',
  'A stopped server stays stopped, over restarts of the platform too, until it is started again.',
)
export const restart = buildCommand(
  'restart',
  'stop and start a server',
  'Counts as no crash: the attempts of automatic restarts begin anew.',
)

async function run(verb: Verb, command: Command, { io, args, print }: CommandContext): Promise<number> {
  const name = args.positionals[0]
  const all = args.flag('all')
  if (all === (name !== undefined)) throw usage(command, `${verb} needs a <name>, or --all`)
  const client = await openClient(io)
  const names = name === undefined ? (await listServers(client)).map((server) => server.name) : [name]
  const change = (target: string) =>
    withServer(client, target, () => client.send<ServerJson>('POST', serverPath(target, `/${verb}`)))
  if (name !== undefined) {
    const server = await change(name)
    print.result(server, () => print.note(`${server.name}: ${describeStatus(server, io.clock.now())}`))
    if (verb !== 'stop' && server.status !== 'running') throw describeFailure(server)
    return 0
  }
  const results = await Promise.allSettled(names.map(change))
  const servers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  print.result({ servers }, () => {
    for (const server of servers) print.note(`${server.name}: ${describeStatus(server, io.clock.now())}`)
  })
  const broken = results.flatMap((result, index) =>
    result.status === 'rejected' ? [`${names[index] ?? ''}: ${(result.reason as Error).message}`] : [],
  )
  const down = verb === 'stop' ? [] : servers.filter((server) => server.status !== 'running')
  const problems = [...broken, ...down.map((server) => describeFailure(server).message)]
  if (problems.length === 0) return 0
  throw new AppError(
    'start_failed',
    `${problems.length} of ${names.length} did not ${verb}: ${problems.join('; ')}`,
    {
      hint: 'See haivemind status <name>.',
    },
  )
}
