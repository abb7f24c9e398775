/**
 * Walks a tar stream. It runs twice, first to plan and check, then to write: both walks hold every rule, so the
 * second cannot see what the first did not.
 */
import type { ArchiveLimits } from '../../domain/archive.ts'
import type { ByteReader } from './byte-reader.ts'
import { checkName, createNameBook, decodeName } from './entry-names.ts'
import { parsePax, type PaxOverrides } from './pax.ts'
import { createBudget, tooMany, type PlannedEntry } from './plan.ts'
import { ArchiveReject } from './reject.ts'
import { BLOCK, isZeroBlock, parseTarHeader, type TarHeader } from './tar-header.ts'

export type TarVisitor = {
  readonly onDirectory?: (entry: PlannedEntry) => void
  /** Takes the file's bytes; without it they are skipped. */
  readonly onFile?: (entry: PlannedEntry) => { write(chunk: Uint8Array): void; close(): void }
}

/** A GNU long name or a pax header before an entry; at most one, since two readers might choose differently. */
type Override = {
  readonly kind: 'long_name' | 'pax'
  readonly path: Buffer | null
  readonly size: number | null
}

const MAX_PAX_BYTES = 64 * 1024
const SKIP = { write: () => undefined, close: () => undefined }

/** @param packedBytes the archive's size, for the ratio */
export async function walkTar(
  reader: ByteReader,
  limits: ArchiveLimits,
  packedBytes: number,
  visitor: TarVisitor = {},
): Promise<readonly PlannedEntry[]> {
  const book = createNameBook('TAR')
  const budget = createBudget('TAR', limits, packedBytes)
  const entries: PlannedEntry[] = []
  let override: Override | null = null
  for (;;) {
    const offset = reader.position()
    const block = await takeBlock(reader, offset)
    if (isZeroBlock(block)) {
      if (override !== null) throw new ArchiveReject('TAR_END', 'the tar ends after a name', { offset })
      await readEnd(reader, (bytes) => budget.add(bytes))
      return entries
    }
    const header = parseTarHeader(block, offset)
    checkType(header, offset)
    if (header.type === 'x' || header.type === 'L' || header.type === 'K') {
      if (override !== null)
        throw new ArchiveReject('TAR_PAX', 'an entry has two extended headers', { offset })
      override = await readOverride(reader, header, limits, offset)
      continue
    }
    const entry = readEntry(header, override, limits, offset)
    override = null
    if (entry === null) continue
    if (entries.length === limits.maxEntries) throw tooMany('TAR', limits)
    book.add(entry.path, entry.kind, offset)
    entries.push(entry)
    budget.add(entry.bytes)
    if (entry.kind === 'directory') visitor.onDirectory?.(entry)
    else await passFile(reader, entry, visitor.onFile?.(entry) ?? SKIP)
  }
}

async function takeBlock(reader: ByteReader, offset: number): Promise<Buffer> {
  const block = await reader.take(BLOCK)
  if (block.length === BLOCK) return block
  throw new ArchiveReject('TAR_END', 'the tar is cut: it has no end mark', { offset })
}

/** Only plain files and directories, and what announces their names. */
function checkType(header: TarHeader, offset: number): void {
  if ('0\x005xLK'.includes(header.type)) return
  if (header.type === 'g') {
    const hint = 'git archive writes one; --format=zip does not'
    throw new ArchiveReject('TAR_PAX', `a global pax header is not accepted (${hint})`, { offset })
  }
  if (header.type === 'S') throw new ArchiveReject('TAR_SPARSE', 'sparse files are not accepted', { offset })
  const entry = header.name.toString('utf8')
  const what =
    { '1': 'a hard link', '2': 'a symbolic link', '3': 'a device', '4': 'a device', '6': 'a FIFO' }[
      header.type
    ] ?? `of the type ${JSON.stringify(header.type)}`
  const message = `${JSON.stringify(entry)} is ${what}; archives may hold files and directories only`
  throw new ArchiveReject('TAR_TYPE', message, { entry, offset })
}

async function readOverride(
  reader: ByteReader,
  header: TarHeader,
  limits: ArchiveLimits,
  offset: number,
): Promise<Override> {
  const cap = header.type === 'x' ? MAX_PAX_BYTES : limits.maxPathBytes + 1
  if (header.size > cap) {
    const [code, what] =
      header.type === 'x' ? (['TAR_PAX', 'pax header'] as const) : (['TAR_NAME', 'name'] as const)
    throw new ArchiveReject(code, `a ${what} is longer than ${cap} bytes`, { offset })
  }
  const data = await reader.take(header.size)
  if (data.length < header.size) throw new ArchiveReject('TAR_END', 'the tar is cut', { offset })
  await skipPadding(reader, header.size)
  if (header.type === 'x') {
    const pax: PaxOverrides = parsePax(data, offset)
    return { kind: 'pax', ...pax }
  }
  const end = data.indexOf(0)
  return { kind: 'long_name', path: end === -1 ? data : data.subarray(0, end), size: null }
}

/** Null for the `./` that stands for the root. */
function readEntry(
  header: TarHeader,
  override: Override | null,
  limits: ArchiveLimits,
  offset: number,
): PlannedEntry | null {
  let name = decodeName(override?.path ?? header.name, 'TAR', offset)
  const isDirectory = header.type === '5'
  if (isDirectory && (name === '.' || name === './')) return null
  // `tar -C dir -cf x.tar .` begins every name so; one leading ./ means the same to every reader.
  if (name.startsWith('./')) name = name.slice(2)
  if (name.endsWith('/') && !isDirectory) {
    const message = `${JSON.stringify(name)} is named as a directory but marked as a file`
    throw new ArchiveReject('TAR_TYPE', message, { entry: name, offset })
  }
  const path = isDirectory && name.endsWith('/') ? name.slice(0, -1) : name
  checkName(path, 'TAR', limits, offset)
  const at = { entry: path, offset }
  if (override?.size !== null && override?.size !== undefined && override.size !== header.size) {
    throw new ArchiveReject('TAR_PAX', `${JSON.stringify(path)} has two sizes`, at)
  }
  if (header.size > limits.maxFileBytes || (isDirectory && header.size !== 0)) {
    throw new ArchiveReject('TAR_SIZE', `${JSON.stringify(path)} is ${header.size} bytes, over the limit`, at)
  }
  return {
    path,
    kind: isDirectory ? 'directory' : 'file',
    bytes: header.size,
    executable: (header.mode & 0o100) !== 0,
    offset,
  }
}

async function passFile(
  reader: ByteReader,
  entry: PlannedEntry,
  file: { write(chunk: Uint8Array): void; close(): void },
): Promise<void> {
  try {
    const got = await reader.pass(entry.bytes, (chunk) => file.write(chunk))
    if (got < entry.bytes) {
      throw new ArchiveReject('TAR_END', `the tar is cut inside ${JSON.stringify(entry.path)}`, {
        entry: entry.path,
        offset: entry.offset,
      })
    }
  } finally {
    file.close()
  }
  await skipPadding(reader, entry.bytes)
}

async function skipPadding(reader: ByteReader, bytes: number): Promise<void> {
  await reader.pass((BLOCK - (bytes % BLOCK)) % BLOCK, () => undefined)
}

/** After the first zero block: a second one, then zeros only. Writers fill up to 10 KiB. */
async function readEnd(reader: ByteReader, spend: (bytes: number) => void): Promise<void> {
  const offset = reader.position()
  const second = await reader.take(BLOCK)
  if (second.length < BLOCK || !isZeroBlock(second)) {
    throw new ArchiveReject('TAR_END', 'the end mark of the tar is not two empty blocks', { offset })
  }
  await reader.pass(Number.POSITIVE_INFINITY, (chunk) => {
    spend(chunk.length)
    if (!isZeroBlock(chunk)) {
      throw new ArchiveReject('TAR_END', 'there are bytes after the end mark of the tar', { offset })
    }
  })
}
