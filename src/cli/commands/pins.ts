import type { PinsJson } from '../../api/schema/pins.ts'
import { revealText } from '../../domain/reveal-text.ts'
import type { Command } from '../command.ts'
import type { Printer } from '../print.ts'
import { openClient, serverPath, withServer } from '../servers.ts'

/** Characters of one value on a terminal; --json has all of it. */
const SHOWN = 400

export const pins: Command = {
  name: 'pins',
  group: 'operate',
  summary: 'show what a server says of itself and what it changed, and accept it',
  arguments: '<name>',
  takes: [1, 1],
  options: {
    approve: { type: 'boolean', help: 'accept what changed, as it is shown' },
    shown: { type: 'string', value: 'HASH', help: 'only what was shown with this hash' },
  },
  details:
    'Tools, prompts, resource templates and instructions are pinned when a version is first seen. What changes without\n' +
    'a new version is drift: told with pin=warn, and kept from clients until it is accepted with pin=block (haivemind set).',
  examples: [
    ['haivemind pins weather', 'the hashes, and what differs from them'],
    ['haivemind pins weather --approve --shown HASH', 'the definitions that were read are the accepted ones'],
  ],
  async run({ io, args, print }) {
    const name = args.positionals[0] ?? ''
    const client = await openClient(io)
    const before = await withServer(client, name, () => client.get<PinsJson>(serverPath(name, '/pins')))
    const approves = args.flag('approve')
    const view = approves
      ? await client.send<PinsJson>('POST', serverPath(name, '/pins/approve'), {
          drift_hash: args.text('shown') ?? before.drift_hash ?? undefined,
        })
      : before
    print.result(view, () => {
      if (approves) print.note(`${name}: accepted ${count(before.drift.length)}`)
      if (print.quiet)
        for (const { kind, name: key } of view.definitions) print.line(revealText(`${kind}:${key}`))
      else renderView(print, view)
    })
    return 0
  },
}

function renderView(print: Printer, view: PinsJson): void {
  if (view.pinned_at === null) print.note('nothing of this version was seen yet: it was not running so far')
  print.table(
    ['KIND', 'NAME', 'SHA-256'],
    view.definitions.map(({ kind, name, hash }) => [kind, revealText(name), hash.slice(0, 16)]),
  )
  for (const drift of view.drift) {
    print.line(
      `${drift.change}: ${drift.kind} ${revealText(drift.name)}${drift.withheld ? ' (kept from clients)' : ''}`,
    )
    for (const { field, before, after } of drift.fields) {
      print.line(`  ${field}`)
      print.line(`    - ${show(before)}`)
      print.line(`    + ${show(after)}`)
    }
    for (const finding of drift.findings) print.line(`  ${finding.severity}: ${finding.reason}`)
  }
  if (view.drift_hash !== null) {
    print.note(`accept with: haivemind pins ${view.server} --approve --shown ${view.drift_hash}`)
  }
}

function show(value: unknown): string {
  const text = revealText(JSON.stringify(value) ?? 'null')
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}

function count(changes: number): string {
  return changes === 1 ? '1 change' : `${changes} changes`
}
