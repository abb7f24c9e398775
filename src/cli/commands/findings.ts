import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { FindingListJson, SecurityListJson } from '../../api/schema/finding.ts'
import type { Command } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import { printFindings } from '../render-findings.ts'
import { openClient, serverPath, withServer } from '../servers.ts'

export const findings: Command = {
  name: 'findings',
  group: 'deploy',
  summary: 'show what was found in a version of a server',
  arguments: '[name] [version]',
  takes: [0, 2],
  options: {
    sarif: { type: 'string', value: 'FILE', help: 'write the findings as SARIF 2.1.0; - is stdout' },
  },
  details:
    'Without a version: the newest, which may be one that waits for approval. Without a name: every server in a line.',
  examples: [
    ['haivemind findings', 'what each server has, and what waits for somebody'],
    ['haivemind findings weather', 'of the newest version'],
    ['haivemind findings weather 3 --json', 'of version 3, for scripts'],
  ],
  async run({ io, args, print }) {
    const [name = '', version] = args.positionals
    if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version)) {
      throw usage(findings, 'a version is a number; see haivemind versions <name>')
    }
    const client = await openClient(io)
    if (name === '') {
      if (args.text('sarif') !== undefined) throw usage(findings, '--sarif needs the name of a server')
      const all = await client.get<SecurityListJson>('/security')
      print.result(all, () => {
        if (print.quiet) for (const { server } of all.items) print.line(server)
        else print.table(['NAME', 'VERSION', 'SCAN', 'FOUND', 'CHANGED'], all.items.map(renderRow))
      })
      return 0
    }
    const read = <T>(format?: 'sarif') =>
      withServer(client, name, () => client.get<T>(serverPath(name, '/findings'), { version, format }))
    const sarif = args.text('sarif')
    if (sarif !== undefined) {
      const text = JSON.stringify(await read('sarif'), null, 2)
      if (sarif === '-') {
        print.line(text)
        return 0
      }
      await writeFile(resolve(io.cwd, sarif), `${text}\n`)
    }
    const list = await read<FindingListJson>()
    print.result(list, () => {
      printFindings(list.items, print)
      const { verdict, review } = list
      const state =
        review === null ? '' : `, ${review.state === 'pending' ? 'waits for approval' : 'approved'}`
      print.note(
        `${name} version ${list.version}: ${verdict === 'not_scanned' ? 'not scanned' : verdict}${state}, ` +
          `${list.items.length} findings`,
      )
    })
    return 0
  },
}

function renderRow({ server, version, verdict, review, counts, drifted }: SecurityListJson['items'][number]) {
  const found = Object.entries(counts ?? {}).filter(([, count]) => count > 0)
  return [
    server,
    String(version),
    review?.state === 'pending' ? `${verdict}, waits` : verdict,
    found.map(([severity, count]) => `${count} ${severity}`).join(', ') || null,
    drifted === 0 ? null : String(drifted),
  ]
}
