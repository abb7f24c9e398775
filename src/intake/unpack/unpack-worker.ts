/**
 * The process that parses strangers' bytes: one job as JSON in its argument, one JSON line as its answer.
 * It may read the archive, write below the target, and nothing else (node --permission).
 */
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'
import type { ArchiveFormat, ArchiveLimits } from '../../domain/archive.ts'
import { findBundleSignature } from './bundle-signature.ts'
import { readAt } from './byte-range.ts'
import { createByteReader } from './byte-reader.ts'
import { extractZip } from './extract-zip.ts'
import { checkPlanLimits, type PlannedEntry } from './plan.ts'
import { readZip } from './read-zip.ts'
import { HEAD_BYTES, recogniseFormat } from './recognise-format.ts'
import { ArchiveReject } from './reject.ts'
import { walkTar } from './read-tar.ts'
import { openTarStream } from './tar-stream.ts'
import { createTreeWriter } from './tree-writer.ts'

type Job = { readonly archive: string; readonly target: string; readonly limits: ArchiveLimits }

const NESTED = /\.(?:zip|mcpb|jar|whl|tar|tgz|gz|bz2|xz|zst|7z|rar)$/i
const NESTED_WORTH_SAYING = 50_000_000

async function unpack({ archive, target, limits }: Job): Promise<object> {
  const descriptor = openSync(archive, 'r')
  try {
    const size = fstatSync(descriptor).size
    const format = recogniseFormat(readAt(descriptor, 0, HEAD_BYTES))
    const { entries, signed } =
      format === 'zip'
        ? await unpackZip(descriptor, size, target, limits)
        : { entries: await unpackTar(descriptor, size, format, target, limits), signed: false }
    return {
      kind: 'unpacked',
      format,
      files: entries.filter((entry) => entry.kind === 'file').length,
      bytes: entries.reduce((sum, entry) => sum + entry.bytes, 0),
      signed,
      nested: entries
        .filter((entry) => NESTED.test(entry.path) && entry.bytes > NESTED_WORTH_SAYING)
        .map((entry) => entry.path)
        .slice(0, 10),
    }
  } finally {
    closeSync(descriptor)
  }
}

async function unpackZip(descriptor: number, size: number, target: string, limits: ArchiveLimits) {
  const signatureBytes = findBundleSignature(descriptor, size)
  const zipBytes = size - signatureBytes
  const entries = readZip(descriptor, zipBytes, signatureBytes, limits)
  await extractZip(descriptor, entries, createTreeWriter(target), limits, zipBytes)
  return { entries, signed: signatureBytes > 0 }
}

async function unpackTar(
  descriptor: number,
  size: number,
  format: Exclude<ArchiveFormat, 'zip'>,
  target: string,
  limits: ArchiveLimits,
): Promise<readonly PlannedEntry[]> {
  const open = () => createByteReader(openTarStream(descriptor, size, format))
  const entries = await walkTar(open(), limits, size)
  checkPlanLimits(entries, 'TAR', limits, size)
  const writer = createTreeWriter(target)
  await walkTar(open(), limits, size, {
    onDirectory: (entry) => writer.addDirectory(entry),
    onFile: (entry) => writer.openFile(entry),
  })
  return entries
}

function describe(error: unknown): object {
  if (error instanceof ArchiveReject) {
    const { code, message, entry, offset } = error
    return { kind: 'rejected', code, message, entry, offset }
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return { kind: 'failed', code, message: error instanceof Error ? error.message : String(error) }
}

process.umask(0o022)
const job = JSON.parse(process.argv[2] ?? '') as Job
const answer = await unpack(job).catch(describe)
writeSync(1, JSON.stringify(answer) + '\n')
