import type { CleanupDoneJson, CleanupListJson } from '../../api/schema/cleanup.ts'
import { AppError } from '../../domain/error.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import { confirm } from '../confirm.ts'
import { formatBytes } from '../humanise.ts'
import type { Printer } from '../print.ts'
import { openClient } from '../servers.ts'

const PATH = '/cleanup'

export const cleanup: Command = {
  name: 'cleanup',
  group: 'platform',
  summary: 'remove what nothing uses any more',
  takes: [0, 0],
  options: {
    'dry-run': { type: 'boolean', help: 'only say what would go, and why' },
    yes: { type: 'boolean', short: 'y', help: 'do not ask' },
  },
  details:
    'Leftovers of deployments, trees that no version names, dependencies that nobody used for long, versions beyond\n' +
    'those that are kept, old logs and records; and servers that expired, which are archived. What anything refers\n' +
    'to stays. The platform does the same by itself every cleanup_interval, unless auto_cleanup is false.',
  examples: [
    ['haivemind cleanup --dry-run', 'what would go, and why'],
    ['haivemind cleanup --yes', 'for scripts'],
  ],
  async run({ io, args, print }) {
    const client = await openClient(io)
    if (args.flag('dry-run')) {
      const list = await client.get<CleanupListJson>(PATH)
      print.result(list, () => printList(list, print))
      return 0
    }
    if (!args.flag('yes')) {
      if (io.stdin.isTTY !== true || print.json) {
        throw new AppError('usage', 'cleanup needs --yes when nobody can be asked', {
          hint: 'See first what would go: haivemind cleanup --dry-run.',
        })
      }
      const list = await client.get<CleanupListJson>(PATH)
      printList(list, print)
      if (list.items.length === 0) return 0
      if (!(await confirm(io, 'Remove all this? [y/N] '))) {
        throw new AppError('usage', 'nothing was removed', { hint: 'Answer y to remove it.' })
      }
    }
    return clean(client, print)
  },
}

async function clean(client: Client, print: Printer): Promise<number> {
  const done = await client.send<CleanupDoneJson>('POST', PATH, {})
  const failed = done.items.filter(({ error }) => error !== null)
  print.result(done, () => {
    if (done.notice !== null) print.note(done.notice)
    for (const { what, error } of failed) print.note(`${what} is still there: ${error?.message ?? ''}`)
    print.note(
      done.items.length === 0
        ? 'nothing to remove'
        : `removed ${done.items.length - failed.length} of ${done.items.length}, ${formatBytes(done.freed_bytes)} free again`,
    )
  })
  return failed.length === 0 ? 0 : 1
}

function printList({ items, bytes, notice }: CleanupListJson, print: Printer): void {
  if (notice !== null) print.note(notice)
  if (items.length === 0) return print.note('nothing to remove')
  print.table(
    ['KIND', 'WHAT', 'SIZE', 'WHY'],
    items.map(({ kind, what, bytes: size, why }) => [kind, what, formatBytes(size), why]),
  )
  print.note(`${formatBytes(bytes)} in all`)
}
