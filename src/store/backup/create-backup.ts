/**
 * One file with everything that a platform needs to be itself again, but for the key of its secrets. Memory grows with
 * the number of files (some hundred bytes each), never with their size.
 */
import { createHash } from 'node:crypto'
import { open, readdir, readFile, rename, stat, unlink, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/error.ts'
import { isThere, makeDirectoryDurable, syncDirectory } from '../../system/files.ts'
import { createToken } from '../../system/random.ts'
import { walkTree, type TreeEntry } from '../../system/walk-tree.ts'
import { openSnapshot } from '../sqlite/database.ts'
import { MANIFEST_NAME, type BackupEntry, type BackupManifest } from './backup-manifest.ts'
import { copyInThread } from './copy-in-thread.ts'
import { buildHeader, buildPadding, TAR_END, type TarEntry } from './tar-write.ts'

export type BackupSource = {
  readonly databasePath: string
  readonly dataDir: string
  readonly serversDir: string
  /** Null where the defaults hold. */
  readonly configFile: string | null
}

export type BackupRequest = {
  readonly source: BackupSource
  /** Nothing may be there. */
  readonly target: string
  readonly scope: BackupManifest['scope']
  readonly withData: boolean
  /** Of the platform. */
  readonly version: string
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
}

/** Made anew when they are needed, or in parts of their own. */
const NOT_OF_VERSIONS: ReadonlySet<string> = new Set([
  'store',
  'staging',
  'cache',
  'data',
  'manifests',
  'migrating',
  '.owner',
])
/** Of the audit log; read before the database, so that they never speak of records which the copy lacks. */
const AUDIT_FIRST = ['head.json', 'checkpoints.jsonl'] as const
const CHUNK = 256 * 1024

/** Whole or not at all, for its owner only, and on the disk when it resolves. Throws AppError `conflict`, `disk_full`. */
export async function createBackup(request: BackupRequest): Promise<BackupManifest> {
  const { target, source } = request
  const dir = dirname(target)
  await makeDirectoryDurable(dir, 0o700)
  if (await isThere(target))
    throw new AppError('conflict', `${target} is there already.`, { hint: 'Take another name.' })
  if (!(await isThere(source.databasePath))) {
    throw new AppError('usage', `There is no database in ${source.dataDir} yet: nothing to back up.`)
  }
  const half = join(dir, `.${basename(target)}.${createToken(6)}.tmp`)
  const copy = `${half}.db`
  try {
    const manifest = await write(request, half, copy)
    await rename(half, target)
    await syncDirectory(dir)
    return manifest
  } catch (error) {
    await unlink(half).catch(() => undefined)
    throw explain(error, dir)
  } finally {
    for (const ending of ['', '-journal']) await unlink(`${copy}${ending}`).catch(() => undefined)
  }
}

function explain(error: unknown, dir: string): unknown {
  const { code, errcode } = error as { readonly code?: string; readonly errcode?: number }
  if (code !== 'ENOSPC' && code !== 'EDQUOT' && errcode !== 13) return error
  return new AppError('disk_full', `The disk of ${dir} is full; nothing is left of the backup.`, {
    cause: error,
  })
}

async function write(request: BackupRequest, half: string, copy: string): Promise<BackupManifest> {
  const audit = await readAuditFirst(request.source.dataDir)
  await copyInThread(request.source.databasePath, copy)
  const about = readAbout(copy)
  const entries: BackupEntry[] = []
  const skipped: { path: string; why: string }[] = []
  const { treeHashes, ...facts } = about
  const build = (): BackupManifest => ({
    format: 1,
    version: request.version,
    created_at: new Date(request.clock.now()).toISOString(),
    scope: request.scope,
    with_data: request.withData,
    ...facts,
    skipped,
    entries,
  })
  const parts = listParts(request, { copy, audit, treeHashes }, (path, why) => skipped.push({ path, why }))
  const handle = await open(half, 'wx', 0o600)
  try {
    // FileHandle.writeFile goes on from where it is, and writes all of it.
    await pipeline(
      Readable.from(render(parts, entries, build), { objectMode: false }),
      createGzip({ level: 3 }),
      async (source: AsyncIterable<Buffer>) => {
        for await (const chunk of source) await handle.writeFile(chunk)
      },
      { signal: request.signal },
    )
    await handle.sync()
  } finally {
    await handle.close()
  }
  return build()
}

type Part = { readonly entry: TarEntry; readonly content: AsyncIterable<Buffer> | readonly Buffer[] }

async function* render(
  parts: AsyncIterable<Part>,
  entries: BackupEntry[],
  build: () => BackupManifest,
): AsyncGenerator<Buffer> {
  for await (const { entry, content } of parts) {
    yield buildHeader(entry)
    const hash = createHash('sha256').update(entry.target)
    for await (const chunk of content) {
      hash.update(chunk)
      yield chunk
    }
    yield buildPadding(entry.bytes)
    const { path, kind, mode, bytes } = entry
    entries.push({ path, kind, mode, bytes, sha256: kind === 'directory' ? null : hash.digest('hex') })
  }
  const text = Buffer.from(JSON.stringify(build()))
  yield buildHeader(buildFile(MANIFEST_NAME, text.length))
  yield text
  yield buildPadding(text.length)
  yield TAR_END
}

async function* listParts(
  { source, scope, withData }: BackupRequest,
  from: {
    readonly copy: string
    readonly audit: ReadonlyMap<string, Buffer>
    readonly treeHashes: readonly string[]
  },
  onSkipped: (path: string, why: string) => void,
): AsyncGenerator<Part> {
  const tree = (root: string, prefix: string) => walkParts(root, prefix, onSkipped)
  yield* file(from.copy, 'data/haivemind.db', onSkipped)
  yield* file(join(source.dataDir, 'uid-block'), 'data/uid-block', onSkipped)
  for (const [name, content] of from.audit) {
    yield { entry: buildFile(`data/audit/${name}`, content.length), content: [content] }
  }
  for await (const part of tree(join(source.dataDir, 'audit'), 'data/audit')) {
    if (!from.audit.has(part.entry.path.slice('data/audit/'.length))) yield part
  }
  if (source.configFile !== null)
    yield* file(source.configFile, `config/${basename(source.configFile)}`, onSkipped)
  yield* tree(join(source.serversDir, 'manifests'), 'servers/manifests')
  if (scope === 'records') return
  for (const hash of from.treeHashes) {
    const root = join(source.serversDir, 'store', hash)
    if (!(await isThere(root))) {
      throw new AppError(
        'conflict',
        `The files of a version (${hash.slice(0, 12)}…) are not stored any more.`,
        {
          hint: 'It was removed while the backup was made: make it again. If it stays, see haivemind doctor.',
        },
      )
    }
    yield* tree(root, `servers/store/${hash}`)
  }
  for (const name of await readdir(source.serversDir)) {
    if (!NOT_OF_VERSIONS.has(name)) yield* tree(join(source.serversDir, name), `servers/${name}`)
  }
  if (withData) yield* tree(join(source.serversDir, 'data'), 'servers/data')
}

async function* walkParts(
  root: string,
  prefix: string,
  onSkipped: (path: string, why: string) => void,
): AsyncGenerator<Part> {
  const facts = await stat(root).catch(() => null)
  if (facts?.isDirectory() !== true) return
  const { mode, uid, gid, mtimeMs: modified } = facts
  const base = { kind: 'directory', mode: mode & 0o777, uid, gid, modified, bytes: 0, target: '' } as const
  yield { entry: { ...base, path: prefix }, content: [] }
  const skip = (path: string, why: string) => onSkipped(`${prefix}/${path}`, why)
  for await (const found of walkTree(root, skip)) yield buildPart(found, `${prefix}/${found.path}`, skip)
}

function buildPart(found: TreeEntry, path: string, skip: (path: string, why: string) => void): Part {
  const { kind, mode, uid, gid, modified } = found
  const base = { path, kind, mode, uid, gid, modified, bytes: 0, target: '' }
  if (kind === 'link') return { entry: { ...base, target: found.target }, content: [] }
  if (kind === 'directory') return { entry: base, content: [] }
  const onShort = () => skip(found.path, 'it became shorter while it was read; the rest is zeros')
  return { entry: { ...base, bytes: found.bytes }, content: readExactly(found.handle, found.bytes, onShort) }
}

async function* file(
  path: string,
  name: string,
  onSkipped: (path: string, why: string) => void,
): AsyncGenerator<Part> {
  const handle = await open(path, 'r').catch(() => null)
  if (handle === null) return
  try {
    const { size } = await handle.stat()
    const content = readExactly(handle, size, () => onSkipped(name, 'it became shorter while it was read'))
    yield { entry: buildFile(name, size), content }
  } finally {
    await handle.close()
  }
}

const buildFile = (path: string, bytes: number): TarEntry => ({
  path,
  kind: 'file',
  mode: 0o600,
  uid: 0,
  gid: 0,
  modified: 0,
  bytes,
  target: '',
})

/** As many bytes as the header says: who writes to the file meanwhile changes nothing of what follows. */
async function* readExactly(handle: FileHandle, bytes: number, onShort: () => void): AsyncGenerator<Buffer> {
  let left = bytes
  while (left > 0) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, left))
    const { bytesRead } = await handle.read(chunk, 0, chunk.length)
    if (bytesRead === 0) break
    left -= bytesRead
    yield chunk.subarray(0, bytesRead)
  }
  if (left > 0) onShort()
  for (; left > 0; left -= Math.min(CHUNK, left)) yield Buffer.alloc(Math.min(CHUNK, left))
}

async function readAuditFirst(dataDir: string): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>()
  for (const name of AUDIT_FIRST) {
    const content = await readFile(join(dataDir, 'audit', name)).catch(() => null)
    if (content !== null) found.set(name, content)
  }
  return found
}

const count = z.object({ n: z.int() })

function readAbout(copy: string) {
  const snapshot = openSnapshot(copy)
  try {
    const countIn = (from: string) => count.parse(snapshot.get(`SELECT count(*) AS n FROM ${from}`)).n
    const vault = snapshot.get('SELECT key_id FROM vault')
    const kept = countIn('secrets WHERE retired_at IS NULL')
    return {
      schema: Number(snapshot.get('PRAGMA user_version')?.['user_version']),
      installation: String(snapshot.get(`SELECT value FROM meta WHERE key = 'installation'`)?.['value']),
      servers: countIn('servers'),
      versions: countIn('versions'),
      secrets: vault === null ? null : { count: kept, key_id: String(vault['key_id']) },
      treeHashes: snapshot
        .all('SELECT DISTINCT tree_hash FROM versions ORDER BY tree_hash')
        .map(({ tree_hash }) => String(tree_hash)),
    }
  } finally {
    snapshot.close()
  }
}
