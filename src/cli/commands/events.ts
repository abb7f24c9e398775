import type { EventJson } from '../../api/schema/event.ts'
import { AppError } from '../../domain/error.ts'
import type { Command } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import { stripControls, type Printer } from '../print.ts'
import { openClient } from '../servers.ts'

const MAX_LINES = 1000

export const events: Command = {
  name: 'events',
  group: 'operate',
  summary: 'show what happened on the platform',
  takes: [0, 0],
  options: {
    follow: { type: 'boolean', short: 'f', help: 'go on with new events' },
    lines: { type: 'string', short: 'n', value: 'N', help: 'the last N events (default 50)' },
  },
  examples: [
    ['haivemind events', 'the latest events'],
    ['haivemind events -f -n 0', 'new ones only'],
    ['haivemind events -f --json', 'for scripts: one JSON object a line'],
  ],
  async run({ io, args, print }) {
    const client = await openClient(io)
    const limit = args.text('lines') ?? '50'
    if (!/^\d{1,4}$/.test(limit) || Number(limit) > MAX_LINES) {
      throw usage(events, `-n takes a number up to ${MAX_LINES}`)
    }
    const { items } =
      Number(limit) === 0
        ? { items: [] }
        : await client.get<{ readonly items: readonly EventJson[] }>('/events', { limit })
    for (const event of items) printEvent(event, print)
    if (args.flag('follow')) {
      // The stream goes on where the list ended: nothing between the two is missed.
      for await (const { type, data } of client.events('/events', items.at(-1)?.id)) {
        if (type === 'reset') print.warn('some events were missed')
        else printEvent(data, print)
      }
      throw new AppError('daemon_unreachable', 'the platform ended the stream')
    }
    return 0
  },
}

function printEvent(event: EventJson, print: Printer): void {
  const data = Object.entries(event.data)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  print.record(
    event,
    stripControls(`${event.time} ${event.type.padEnd(16)} ${event.actor} ${data.join(' ')}`),
  )
}
