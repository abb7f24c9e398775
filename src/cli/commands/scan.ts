import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ScanJson } from '../../api/schema/finding.ts'
import { ERRORS } from '../../domain/error.ts'
import type { Command } from '../command.ts'
import { formatBytes } from '../humanise.ts'
import { buildUpload } from '../multipart.ts'
import { openArchive } from '../open-archive.ts'
import { printFindings } from '../render-findings.ts'
import { openClient } from '../servers.ts'

export const scan: Command = {
  name: 'scan',
  group: 'deploy',
  summary: 'check and scan an archive or a directory; nothing is deployed',
  arguments: '<archive|directory>',
  takes: [1, 1],
  options: {
    sarif: { type: 'string', value: 'FILE', help: 'write the findings as SARIF 2.1.0; - is stdout' },
  },
  details:
    'The platform checks the archive as a deployment does, with the same reject codes, and looks at what is in it.\n' +
    'Ends with 0 for the verdict pass, 3 for review (a deployment would wait for approval) and 7 for block.',
  examples: [
    ['haivemind scan ./weather', 'before it is deployed'],
    ['haivemind scan weather.zip --sarif findings.sarif', 'for a code scanning service'],
  ],
  async run({ io, args, print }) {
    const given = args.positionals[0] ?? ''
    const sarif = args.text('sarif')
    const archive = await openArchive(resolve(io.cwd, given), given, scan, print)
    const client = await openClient(io)
    const { sarif: log, ...result } = await client.upload<ScanJson>('/scan', buildUpload({}, archive), {
      sarif: sarif === undefined ? undefined : 'true',
    })
    if (sarif === '-') print.line(JSON.stringify(log, null, 2))
    else {
      if (sarif !== undefined) await writeFile(resolve(io.cwd, sarif), `${JSON.stringify(log, null, 2)}\n`)
      print.result(result, () => {
        printFindings(result.items, print)
        const { files, bytes, parsed } = result.inventory
        print.note(
          `${result.verdict}: ${result.items.length} findings in ${files} files, ${formatBytes(bytes)}; ` +
            `code of ${parsed} read`,
        )
      })
    }
    if (result.verdict === 'block') return ERRORS.scan_blocked.exit
    return result.verdict === 'review' ? ERRORS.approval_required.exit : 0
  },
}
