import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerJson } from '../../api/schema/server.ts'
import { AppError } from '../../domain/error.ts'
import type { Command } from '../command.ts'
import { parseDuration } from '../humanise.ts'
import { usage } from '../parse-arguments.ts'
import { describeFailure, describeStatus, openClient, serverPath, withServer } from '../servers.ts'

const POLL_MS = 200

export const wait: Command = {
  name: 'wait',
  group: 'operate',
  summary: 'wait until a server is running or stopped',
  arguments: '<name>',
  takes: [1, 1],
  options: {
    for: { type: 'string', value: 'STATE', help: 'running (default) or stopped' },
    timeout: {
      type: 'string',
      value: 'TIME',
      help: 'give up after this long, for example 90s (default 60s)',
    },
  },
  details:
    'Waiting for running ends at once, with exit code 9, when the platform has given the server up; and with 0 for a\n' +
    'server that rests until it is called.',
  examples: [
    ['haivemind wait weather --for running', 'until it answers'],
    ['haivemind wait weather --for stopped --timeout 10s', 'until nothing of it is left'],
  ],
  async run({ io, args, print }) {
    const name = args.positionals[0] ?? ''
    const wanted = args.text('for') ?? 'running'
    if (wanted !== 'running' && wanted !== 'stopped') throw usage(wait, '--for takes running or stopped')
    const seconds = parseDuration(args.text('timeout') ?? '60')
    if (seconds === null) throw usage(wait, '--timeout takes a time, for example 90s')
    const client = await openClient(io)
    const end = io.clock.monotonic() + seconds * 1000
    for (;;) {
      const server = await withServer(client, name, () => client.get<ServerJson>(serverPath(name)))
      if (server.status === wanted || (wanted === 'running' && server.idle)) {
        print.result(server, () => print.note(`${name}: ${describeStatus(server, io.clock.now())}`))
        return 0
      }
      if (wanted === 'running' && server.status === 'failed') throw describeFailure(server)
      if (io.clock.monotonic() >= end) {
        throw new AppError('wait_timeout', `server "${name}" is ${describeStatus(server, io.clock.now())}`, {
          hint: `See haivemind status ${name}.`,
        })
      }
      await sleep(POLL_MS, undefined, { signal: io.interrupted })
    }
  },
}
