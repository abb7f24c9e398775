import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NODE } from '../e2e/platform.ts'
import type { Fault, FaultContext } from './fault.ts'
import { failUnderneath } from './faulty-storage.ts'
import { runProgram } from './hosted.ts'

/** In a slice each so-manyth call fails, which ones is the seed's. */
const EVERY = 7
/** Below the file port, where each is a process of its own. */
const UNDERNEATH = { slice: 4, full: 1000 } as const
const LONGEST_MS = { slice: 120_000, full: 1_800_000 } as const

export const f07: Fault = {
  id: 'F7',
  title: 'EIO, ENOSPC, EINTR and short writes at each call of the file port, and below it',
  async run(c: FaultContext) {
    const script = join(import.meta.dirname, 'faulty-files-process.ts')
    const every = c.size === 'full' ? 1 : EVERY
    const run = await runProgram([NODE, script, String(c.seed), String(every)], LONGEST_MS[c.size])
    if (run.code !== 0) {
      c.broken(`it ended with ${run.code}: ${run.stderr.slice(-2000)}`)
      return
    }
    const found = JSON.parse(run.stdout) as {
      readonly sites: number
      readonly faults: number
      readonly open: number
      readonly broken: readonly string[]
    }
    c.figure('places that failed', found.sites, 'places', { atLeast: c.size === 'full' ? 20 : 8 })
    c.figure('calls that failed', found.faults, 'calls')
    c.figure('files left open', found.open, 'files', { atMost: 0 })
    for (const sentence of found.broken.slice(0, 20)) c.broken(sentence)
    if (found.broken.length > 20) c.broken(`and ${found.broken.length - 20} more`)
    if ((await runProgram(['which', 'strace'], 5000)).code !== 0) {
      c.note('skipped: SQLite, closed segments and unpacking need strace, which is not here')
      return
    }
    const root = mkdtempSync(join(tmpdir(), 'faulty-storage-'))
    c.defer(() => rmSync(root, { recursive: true, force: true }))
    await failUnderneath(c, root, UNDERNEATH[c.size])
  },
}
