/** An unpacked archive → what is in it: in a process of its own, with limits, and once for each tree and rule set. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import type { Inventory, ScanCache, ScanReport } from '../../domain/scan-report.ts'
import { findingShape, inventoryShape } from '../../domain/scan-shape.ts'
import { OUT_OF_MEMORY, runWorker, type WorkerResult } from '../run-worker.ts'
import { buildBroken } from './incomplete.ts'
import { finishFindings } from './raw-finding.ts'
import type { ScanJob } from './scan-worker.ts'

const HASHED = z.object({ kind: z.literal('hashed'), sourceHash: z.string().regex(/^[0-9a-f]{64}$/) })
const SCANNED = z.object({
  kind: z.literal('scanned'),
  sourceHash: z.string().regex(/^[0-9a-f]{64}$/),
  inventory: inventoryShape,
  findings: z.array(findingShape),
})

const UNKNOWN: Inventory = {
  files: 0,
  bytes: 0,
  languages: {},
  manifests: [],
  nativeBinaries: 0,
  nestedArchives: 0,
  parsed: 0,
}
const HEAP_MB = 1024
/** Room to answer in, before the process is ended. */
const ANSWER_SECONDS = 3
const HASH_SECONDS = 120
/** Below it scanning again is as fast as asking whether it was done. */
const WORTH_ASKING_BYTES = 512 * 1024

export interface TreeScanner {
  /** Never throws for what is in the tree: a scan that could not be done is a finding. */
  scan(root: string, unpackedBytes: number, signal: AbortSignal): Promise<ScanReport>
}

export function createTreeScanner(deps: {
  readonly cache: ScanCache
  readonly clock: Clock
  readonly timeoutSeconds: number
  readonly osvDir: string | null
}): TreeScanner {
  const { cache, clock, timeoutSeconds, osvDir } = deps
  const grammars = dirname(createRequire(import.meta.url).resolve('@vscode/tree-sitter-wasm'))
  const rules = hashRules()
  const run = (kind: ScanJob['kind'], root: string, signal: AbortSignal) => {
    const seconds = kind === 'hash' ? HASH_SECONDS : timeoutSeconds + ANSWER_SECONDS
    const argument: ScanJob = { kind, root, grammars, osvDir, budgetMs: timeoutSeconds * 1000 }
    return runWorker(
      {
        module: './scan/scan-worker',
        argument,
        read: [root, grammars, ...(osvDir === null ? [] : [osvDir])],
        write: [],
        timeoutSeconds: seconds,
        heapMb: HEAP_MB,
        threads: true,
      },
      clock,
      signal,
    )
  }
  const hash = async (root: string, signal: AbortSignal): Promise<string> => {
    const result = await run('hash', root, signal)
    if (result.kind === 'cancelled') throw signal.reason
    if (result.kind === 'answered') return HASHED.parse(result.answer).sourceHash
    throw new Error(`the unpacked tree could not be hashed: ${explain(result, HASH_SECONDS)}`)
  }

  return {
    async scan(root, unpackedBytes, signal) {
      const ruleSet = osvDir === null ? rules : `${rules}+osv-${hashListing(osvDir)}`
      if (unpackedBytes >= WORTH_ASKING_BYTES) {
        // Only to save time: if it cannot be hashed now, it is scanned.
        const sourceHash = await hash(root, signal).catch(() => signal.throwIfAborted() ?? null)
        const known = sourceHash === null ? null : await cache.find(sourceHash, ruleSet)
        if (known !== null) return known
      }
      const result = await run('scan', root, signal)
      if (result.kind === 'cancelled') throw signal.reason
      const answer = result.kind === 'answered' ? SCANNED.parse(result.answer) : null
      if (answer === null) {
        const why = explain(result, timeoutSeconds)
        const findings = finishFindings([{ ...buildBroken(why), layer: 'scanner' }])
        // Not kept: the next try may end.
        return { sourceHash: await hash(root, signal), ruleSet, inventory: UNKNOWN, findings }
      }
      const { sourceHash, inventory, findings } = answer
      const report = { sourceHash, ruleSet, inventory, findings }
      await cache.put(report)
      return report
    },
  }
}

function explain(result: WorkerResult, seconds: number): string {
  if (result.kind === 'timeout') return `it took more than ${seconds} s`
  if (result.kind === 'crashed' && result.detail === OUT_OF_MEMORY) return OUT_OF_MEMORY
  const detail = result.kind === 'crashed' ? /^\w*Error.*$/m.exec(result.detail)?.[0] : ''
  return detail === '' || detail === undefined
    ? 'its process was ended'
    : `its process ended: ${detail.slice(0, 200)}`
}

/** The rules are the code: whoever changes it scans anew, without having to think of it. */
function hashRules(): string {
  const folder = dirname(fileURLToPath(import.meta.url))
  const hash = createHash('sha256')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.test)\.[jt]s$/.test(name),
  )
  for (const name of names.sort())
    hash
      .update(name)
      .update('\0')
      .update(readFileSync(join(folder, name)))
  return hash.digest('hex').slice(0, 12)
}

function hashListing(directory: string): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
    const { size, mtimeMs } = statSync(join(directory, name))
    hash.update(`${name}\0${size}\0${mtimeMs}\n`)
  }
  return hash.digest('hex').slice(0, 12)
}
