import type { ComparisonJson } from '../../api/schema/comparison.ts'
import type { VersionDeletedJson, VersionListJson } from '../../api/schema/server.ts'
import type { Command, CommandContext } from '../command.ts'
import { formatBytes } from '../humanise.ts'
import { usage } from '../parse-arguments.ts'
import { stripControls, type Printer } from '../print.ts'
import { openClient, serverPath, withServer } from '../servers.ts'

export const versions: Command = {
  name: 'versions',
  group: 'deploy',
  summary: 'list the versions of a server, newest first',
  arguments: '<name> [version | from to]',
  takes: [1, 3],
  options: {
    delete: { type: 'boolean', help: 'remove one that nothing needs' },
    compare: {
      type: 'boolean',
      help: 'what differs between two of them: files, dependencies, settings, definitions',
    },
  },
  examples: [
    ['haivemind versions weather', 'with what each is: active, previous, failed, held or kept'],
    ['haivemind versions weather --json', 'with the hashes of tree and archive'],
    ['haivemind versions weather --compare 3 4', 'what version 4 changed'],
    ['haivemind versions weather 2 --delete', 'free the space of version 2'],
  ],
  async run(context) {
    const { io, args, print } = context
    const [name = '', from, to] = args.positionals
    const isCompared = args.flag('compare')
    if (args.flag('delete')) return removeVersion(context, name, from, to)
    if (isCompared !== (to !== undefined) || ![from, to].every(isNumber)) {
      throw usage(versions, 'to compare two versions say --compare and both numbers; else only a name')
    }
    const client = await openClient(io)
    if (isCompared) {
      const found = await withServer(client, name, () =>
        client.get<ComparisonJson>(serverPath(name, '/versions/compare'), { from, to }),
      )
      print.result(found, () => renderComparison(found, print))
      return 0
    }
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

async function removeVersion(
  { io, args, print }: CommandContext,
  name: string,
  number: string | undefined,
  more: string | undefined,
): Promise<number> {
  if (number === undefined || more !== undefined || !isNumber(number) || args.flag('compare')) {
    throw usage(versions, '--delete takes a name and one number')
  }
  const client = await openClient(io)
  const gone = await withServer(client, name, () =>
    client.send<VersionDeletedJson>('DELETE', serverPath(name, `/versions/${number}`)),
  )
  print.result(gone, () =>
    print.note(`version ${gone.version} of ${name} is gone: ${formatBytes(gone.freed_bytes)} freed`),
  )
  return 0
}

function isNumber(text: string | undefined): boolean {
  return text === undefined || /^[1-9]\d{0,8}$/.test(text)
}

/** One line each: what kind of thing, `+` for new, `-` for gone, `~` for another. */
function renderComparison(found: ComparisonJson, print: Printer): void {
  const { files, dependencies, settings, definitions } = found
  const rows = [
    ...files.added.map((path) => `file       + ${path}`),
    ...files.removed.map((path) => `file       - ${path}`),
    ...files.changed.map((path) => `file       ~ ${path}`),
    ...dependencies.map(({ name, before, after }) =>
      before === null
        ? `dependency + ${name} ${after}`
        : after === null
          ? `dependency - ${name} ${before}`
          : `dependency ~ ${name} ${before} → ${after}`,
    ),
    ...settings.map(({ field, before, after }) =>
      before === null && after === null
        ? `setting    ~ ${field}`
        : `setting    ~ ${field}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`,
    ),
    ...(definitions ?? []).map(
      ({ kind, name, change }) => `${kind.replace('_', ' ').padEnd(10)} ${SIGNS[change]} ${name}`,
    ),
  ]
  for (const row of rows) print.line(stripControls(row))
  const shown = files.added.length + files.removed.length + files.changed.length
  const more = found.file_changes - shown + (found.dependency_changes - dependencies.length)
  if (more > 0) print.note(`${more} more files or dependencies differ`)
  if (definitions === null) print.note('what they say of themselves is not known of both')
  if (rows.length === 0) print.note(`versions ${found.from} and ${found.to} are the same`)
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const
