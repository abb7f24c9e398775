/** All layers over all files, within the time that there is, on two threads where there is enough to read. */
import { Worker } from 'node:worker_threads'
import type { Finding } from '../../domain/finding.ts'
import type { Inventory } from '../../domain/scan-report.ts'
import { buildPackedStart, createArchiveLayer } from './layers/archive.ts'
import { createDependencyLayer } from './layers/dependencies.ts'
import { readAdvisories } from './layers/osv.ts'
import { buildIncomplete } from './incomplete.ts'
import { finishFindings, type RawFinding } from './raw-finding.ts'
import { scanPart, type FoundFile, type Part, type PartOfScan, type Reported } from './scan-part.ts'
import { readScannedFile, type Language, type ScannedFile } from './scanned-file.ts'
import type { ScanJob } from './scan-worker.ts'

/** Below it a second thread costs more than it saves. */
const WORTH_A_THREAD_BYTES = 512 * 1024
const NOTHING: Part = { found: [], unseen: [], parsed: 0, named: [] }
/** '.ts' from a checkout, '.js' from dist/. */
const EXTENSION = import.meta.url.slice(-3)

export async function scanFiles(
  job: ScanJob,
  files: readonly FoundFile[],
): Promise<{ readonly inventory: Inventory; readonly findings: readonly Finding[] }> {
  const begin = performance.now()
  const [own, other] = deal(files)
  const there = other.length === 0 ? NOTHING : scanInThread({ ...job, files: other })
  const parts = await Promise.all([scanPart({ ...job, files: own }), there])

  const archive = createArchiveLayer()
  const dependencies = createDependencyLayer(job.osvDir === null ? null : readAdvisories(job.osvDir))
  const run = new Map(parts.flatMap(({ named }) => named).map(({ path, language }) => [path, language]))
  const packed: RawFinding[] = []
  const again: (FoundFile & { readonly language: Language })[] = []
  for (const found of files) {
    const file = readScannedFile(job.root, found.path, found.bytes, found.executable)
    archive.add(file)
    dependencies.add(file)
    const language = run.get(found.path)
    if (language === undefined) continue
    if (archive.isPacked(file)) packed.push(buildPackedStart(found.path))
    else if (!isReadAs(file, language)) again.push({ ...found, language })
  }
  const left = job.budgetMs - (performance.now() - begin)
  parts.push(again.length === 0 ? NOTHING : await scanPart({ ...job, budgetMs: left, files: again }))

  const { findings, ...inventory } = archive.finish()
  const layers: readonly (readonly [Reported['layer'], readonly RawFinding[]])[] = [
    ['archive', [...packed, ...findings]],
    ['dependencies', dependencies.finish()],
    ['scanner', buildIncomplete(parts.flatMap(({ unseen }) => unseen))],
  ]
  const raw = layers.flatMap(([layer, found]) => found.map((finding) => ({ ...finding, layer })))
  return {
    inventory: { ...inventory, parsed: parts.reduce((sum, { parsed }) => sum + parsed, 0) },
    findings: finishFindings([...parts.flatMap(({ found }) => found), ...raw]),
  }
}

/** Two shares of about the same weight; each file whole in one, so that its findings keep their order. */
function deal(files: readonly FoundFile[]): readonly [FoundFile[], FoundFile[]] {
  const shares: [FoundFile[], FoundFile[]] = [[], []]
  const weights: [number, number] = [0, 0]
  const isWorth = files.reduce((sum, { bytes }) => sum + bytes, 0) > WORTH_A_THREAD_BYTES
  for (const file of files) {
    const index = isWorth && weights[1] < weights[0] ? 1 : 0
    shares[index].push(file)
    weights[index] += file.bytes
  }
  return shares
}

function scanInThread(part: PartOfScan): Promise<Part> {
  const thread = new Worker(new URL(`./scan-thread-worker${EXTENSION}`, import.meta.url), {
    workerData: part,
  })
  return new Promise((resolve, reject) => {
    thread.on('message', resolve)
    thread.on('error', reject)
    // After an answer it changes nothing.
    thread.on('exit', (code) => reject(new Error(`a thread of the scan ended with ${code}`)))
  })
}

/** Node takes each of the three that are JavaScript for the others. */
function isReadAs({ language: known }: ScannedFile, language: Language): boolean {
  return language === 'javascript'
    ? known !== null && known !== 'python' && known !== 'bash'
    : known === language
}
