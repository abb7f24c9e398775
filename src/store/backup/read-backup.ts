/** A backup from its first byte to its last: each entry is hashed as it passes, and held against the manifest. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { AppError } from '../../domain/error.ts'
import {
  MANIFEST_NAME,
  MAX_MANIFEST_BYTES,
  parseBackupManifest,
  type BackupEntry,
  type BackupManifest,
} from './backup-manifest.ts'
import { createPlaceCheck } from './check-places.ts'
import { buildDamaged, readTar, type TarPart } from './tar-read.ts'

/** Reads the content of the part to its end. */
export type TakePart = (part: TarPart, content: AsyncIterable<Buffer>) => Promise<void>

/** Throws AppError `backup_damaged` that names the first thing which is not as it was written. */
export async function readBackup(file: string, take: TakePart): Promise<BackupManifest> {
  const found: BackupEntry[] = []
  const checkPlace = createPlaceCheck()
  let manifest: BackupManifest | null = null
  const handle = async (source: AsyncIterable<Buffer>) => {
    for await (const part of readTar(source)) {
      if (manifest !== null) throw buildDamaged('something follows its manifest')
      if (part.path === MANIFEST_NAME) manifest = parseBackupManifest(await readText(part))
      else {
        checkPlace(part)
        found.push(await pass(part, take))
      }
    }
  }
  try {
    await pipeline(
      createReadStream(file),
      createGunzip(),
      handle as (source: AsyncIterable<unknown>) => Promise<void>,
    )
  } catch (error) {
    throw explain(error, file)
  }
  if (manifest === null) throw buildDamaged('it ends too early')
  assertSame(found, (manifest as BackupManifest).entries)
  return manifest
}

async function pass(part: TarPart, take: TakePart): Promise<BackupEntry> {
  const { path, kind, mode, bytes } = part
  const hash = createHash('sha256').update(part.target)
  await take(
    part,
    tee(part.content, (chunk) => hash.update(chunk)),
  )
  return { path, kind, mode, bytes, sha256: kind === 'directory' ? null : hash.digest('hex') }
}

async function* tee(source: AsyncIterable<Buffer>, also: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    also(chunk)
    yield chunk
  }
}

async function readText(part: TarPart): Promise<string> {
  if (part.bytes > MAX_MANIFEST_BYTES) throw buildDamaged('its manifest is too large')
  const chunks: Buffer[] = []
  for await (const chunk of part.content) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function assertSame(found: readonly BackupEntry[], wanted: readonly BackupEntry[]): void {
  for (const [index, entry] of wanted.entries()) {
    const own = found[index]
    if (own === undefined) throw buildDamaged(`${entry.path} is missing`)
    if (own.path !== entry.path) throw buildDamaged(`${own.path} stands in the place of ${entry.path}`)
    if (
      own.sha256 !== entry.sha256 ||
      own.mode !== entry.mode ||
      own.kind !== entry.kind ||
      own.bytes !== entry.bytes
    )
      throw buildDamaged(`${entry.path} is not as it was written`)
  }
  if (found.length > wanted.length) throw buildDamaged(`${found[wanted.length]?.path} is not in its manifest`)
}

function explain(error: unknown, file: string): unknown {
  if (error instanceof AppError) return error
  const { code } = error as NodeJS.ErrnoException
  if (code?.startsWith('Z_') === true) return buildDamaged('its compression is broken, or it ends too early')
  if (code !== 'ENOENT' && code !== 'EACCES' && code !== 'EISDIR') return error
  return new AppError('usage', `The backup ${file} cannot be read (${code}).`)
}
