/** The API as a script uses it, with the token of whoever runs the platform: quicker than a command for each request. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildZip } from '../../src/domain/zip.ts'
import type { Platform } from '../e2e/platform.ts'

export type Answer = { readonly status: number; readonly body: unknown }

export type Archive = {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** SHA-256, hex. */
  readonly hash: string
  /** Path to SHA-256 of each file. */
  readonly files: Readonly<Record<string, string>>
}

const hashOf = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex')

export async function packArchive(files: Readonly<Record<string, string>>): Promise<Archive> {
  const entries = Object.entries(files).map(([path, text]) => ({
    path,
    data: Buffer.from(text),
    mode: 0o644,
  }))
  const bytes = new Uint8Array(await buildZip(entries))
  const hashes = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, hashOf(text)]))
  return { bytes, hash: hashOf(bytes), files: hashes }
}

/** Rejects when the daemon is away. */
export async function callApi(
  platform: Pick<Platform, 'url' | 'dataDir'>,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer> {
  // Another one for each start of the daemon.
  const token = readFileSync(join(platform.dataDir, 'cli-token'), 'utf8').trim()
  const isArchive = body instanceof Uint8Array
  const response = await fetch(`${platform.url}${path.startsWith('/') ? path : `/api/v1/${path}`}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': isArchive ? 'application/zip' : 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isArchive ? new Uint8Array(body) : JSON.stringify(body) }),
    signal: AbortSignal.timeout(90_000),
  })
  const text = await response.text()
  return { status: response.status, body: /^[[{]/.test(text) ? (JSON.parse(text) as unknown) : text }
}

/** As `callApi`, for what has to be there; throws what was answered otherwise. */
export async function readApi<T>(platform: Pick<Platform, 'url' | 'dataDir'>, path: string): Promise<T> {
  const { status, body } = await callApi(platform, 'GET', path)
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`)
  return body as T
}

export type Operation = {
  readonly id: string
  readonly status: string
  readonly error: { readonly code: string; readonly message: string } | null
}

/** Uploads and waits for the end of the operation; null: the platform did not take it. */
export async function deployArchive(
  platform: Platform,
  name: string,
  archive: Archive,
): Promise<Operation | null> {
  const begun = await callApi(platform, 'POST', `servers?name=${name}`, archive.bytes)
  if (begun.status !== 202) return null
  let operation = begun.body as Operation
  while (operation.status === 'running' || operation.status === 'pending')
    operation = await readApi<Operation>(platform, `operations/${operation.id}?wait=30`)
  return operation
}
