/**
 * The process that looks at strangers' files: one job as JSON in its argument, one JSON line as its answer. It may
 * read the unpacked tree, the grammars and the advisories, and write nothing (node --permission).
 */
import { createHash } from 'node:crypto'
import { closeSync, constants, lstatSync, openSync, readdirSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { scanFiles } from './scan-files.ts'

export type ScanJob = {
  readonly kind: 'hash' | 'scan'
  readonly root: string
  /** The package with the grammars. */
  readonly grammars: string
  readonly osvDir: string | null
  /** After it, what was not looked at yet stays so and is a finding. */
  readonly budgetMs: number
}

type FoundFile = { readonly path: string; readonly bytes: number; readonly executable: boolean }

const CHUNK_BYTES = 256 * 1024

/** Code-unit order: the same on every machine, unlike a locale's. */
function listFiles(root: string): FoundFile[] {
  const found: FoundFile[] = []
  const walk = (directory: string): void => {
    for (const name of readdirSync(join(root, directory)).sort()) {
      const path = directory === '' ? name : `${directory}/${name}`
      const about = lstatSync(join(root, path))
      if (about.isDirectory()) walk(path)
      else if (about.isFile()) found.push({ path, bytes: about.size, executable: (about.mode & 0o100) !== 0 })
    }
  }
  walk('')
  return found
}

function hashTree(root: string, files: readonly FoundFile[]): string {
  const tree = createHash('sha256')
  const chunk = Buffer.alloc(CHUNK_BYTES)
  for (const { path, executable } of files) {
    const descriptor = openSync(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW)
    const hash = createHash('sha256')
    try {
      for (let got = readSync(descriptor, chunk); got > 0; got = readSync(descriptor, chunk)) {
        hash.update(chunk.subarray(0, got))
      }
    } finally {
      closeSync(descriptor)
    }
    tree.update(`${executable ? 'x' : 'f'}\0${path}\0${hash.digest('hex')}\n`)
  }
  return tree.digest('hex')
}

async function work(job: ScanJob): Promise<object> {
  const files = listFiles(job.root)
  const sourceHash = hashTree(job.root, files)
  if (job.kind === 'hash') return { kind: 'hashed', sourceHash }
  return { kind: 'scanned', sourceHash, ...(await scanFiles(job, files)) }
}

const answer = await work(JSON.parse(process.argv[2] ?? '') as ScanJob)
writeSync(1, JSON.stringify(answer) + '\n')
