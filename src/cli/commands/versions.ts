import type { VersionListJson } from '../../api/schema/server.ts'
import type { Command } from '../command.ts'
import { formatBytes } from '../humanise.ts'
import { openClient, serverPath, withServer } from '../servers.ts'

export const versions: Command = {
  name: 'versions',
  group: 'deploy',
  summary: 'list the versions of a server, newest first',
  arguments: '<name>',
  takes: [1, 1],
  examples: [
    ['haivemind versions weather', 'the active one is marked'],
    ['haivemind versions weather --json', 'with the hashes of tree and archive'],
  ],
  async run({ io, args, print }) {
    const name = args.positionals[0] ?? ''
    const client = await openClient(io)
    const { items } = await withServer(client, name, () =>
      client.get<VersionListJson>(serverPath(name, '/versions')),
    )
    print.result({ versions: items }, () => {
      if (print.quiet) for (const item of items) print.line(String(item.number))
      else {
        const rows = items.map((item) => [
          String(item.number),
          item.status,
          item.created_at,
          item.created_by,
          item.created_via,
          item.tree_hash.slice(0, 12),
          formatBytes(item.archive_bytes),
          formatBytes(item.disk_bytes),
          item.review?.state === 'pending' ? `${item.verdict}, waits` : item.verdict,
          item.command.join(' '),
        ])
        print.table(
          ['VERSION', 'STATUS', 'CREATED', 'BY', 'VIA', 'HASH', 'SIZE', 'DISK', 'SCAN', 'COMMAND'],
          rows,
        )
      }
    })
    return 0
  },
}
