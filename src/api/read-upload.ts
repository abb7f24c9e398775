/** An archive with its configuration, as multipart, bare or by its address: to the disk as it comes, never whole in memory. */
import { z } from 'zod'
import { collectBytes } from '../domain/collect-bytes.ts'
import { AppError } from '../domain/error.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import { isAllowed, type Principal } from '../domain/principal.ts'
import type { TimedArchive } from '../hosting/ports.ts'
import type { GivenSecret } from '../hosting/server-secrets.ts'
import type { ApiDeps } from './api-deps.ts'
import { parseMultipart, type Part } from './multipart.ts'
import { parseInput } from './problem.ts'
import { bodyOf, mediaTypeOf, parseJson, readJson } from './read-body.ts'
import { parseSecret } from './render-secrets.ts'
import { archiveUrlSchema } from './schema/common.ts'
import { secretRequestsSchema } from './schema/secret.ts'

const RAW_TYPES = [
  'application/octet-stream',
  'application/zip',
  'application/gzip',
  'application/zstd',
  'application/x-tar',
]
const byUrlSchema = z.strictObject({
  archive_url: archiveUrlSchema,
  config: z.record(z.string(), z.unknown()).optional(),
})
const MAX_CONFIG_BYTES = 256 * 1024
const MAX_SECRETS_BYTES = 512 * 1024
/** What multipart may add to the archive: boundaries, headers, the configuration. */
const MULTIPART_OVERHEAD = 1024 * 1024

/** Content types that an archive may come as; JSON names its address. */
export const UPLOAD_TYPES = ['multipart/form-data', 'application/json', ...RAW_TYPES]

type Upload = {
  readonly archive: TimedArchive
  readonly config: JsonObject
  readonly secrets: readonly GivenSecret[]
}

/**
 * The archive is the caller's to discard. Throws `body_too_large` before anything is read where the length says so.
 * @param setter who may send the part `secrets`; null: nobody, since nothing would take them
 */
export async function readUpload(deps: ApiDeps, request: Request, setter: Principal | null): Promise<Upload> {
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > deps.maxUploadBytes() + MULTIPART_OVERHEAD) throw tooLarge(deps.maxUploadBytes())
  const type = mediaTypeOf(request)
  if (type === 'multipart/form-data') return readMultipart(deps, request, setter)
  if (type === 'application/json') {
    const { archive_url, config } = parseInput(byUrlSchema, await readJson(request), 'body')
    const source = await deps.openArchive(archive_url, request.signal)
    return {
      archive: await deps.hosting.receive(source, request.signal),
      config: (config ?? {}) as JsonObject,
      secrets: [],
    }
  }
  if (!RAW_TYPES.includes(type)) {
    throw new AppError(
      'unsupported_media_type',
      `Send multipart/form-data, application/json, or ${RAW_TYPES.join(', ')}.`,
    )
  }
  return { archive: await deps.hosting.receive(bodyOf(request), request.signal), config: {}, secrets: [] }
}

/** The archive goes to disk as it comes; whatever is wrong with the rest, it does not stay there. */
async function readMultipart(
  { hosting }: ApiDeps,
  request: Request,
  setter: Principal | null,
): Promise<Upload> {
  let archive: TimedArchive | null = null
  let config: JsonObject | null = null
  let secrets: readonly GivenSecret[] | null = null
  try {
    for await (const part of parseMultipart(request.headers.get('content-type') ?? '', bodyOf(request))) {
      if (part.name === 'archive' && archive === null) {
        archive = await hosting.receive(part.content, request.signal)
      } else if (part.name === 'config' && config === null) {
        config = await readConfig(part)
      } else if (part.name === 'secrets' && secrets === null && setter !== null) {
        secrets = await readSecrets(part, setter)
      } else {
        throw new AppError('invalid_request', `body.${part.name}: is not known here, or comes twice.`)
      }
    }
    if (archive === null) throw new AppError('invalid_request', 'body.archive: is missing.')
    return { archive, config: config ?? {}, secrets: secrets ?? [] }
  } catch (error) {
    if (archive !== null) await hosting.discard(archive)
    throw error
  }
}

/** Of a scope of its own: who may deploy need not be the one who may set secrets. */
async function readSecrets({ content }: Part, setter: Principal): Promise<readonly GivenSecret[]> {
  if (!isAllowed(setter, 'secrets:write')) {
    throw new AppError('forbidden', 'The token lacks the scope secrets:write.', {
      details: { scope: 'secrets:write' },
    })
  }
  const tooLarge = () => new AppError('body_too_large', `body.secrets: is over ${MAX_SECRETS_BYTES} bytes.`)
  const bytes = await collectBytes(content, MAX_SECRETS_BYTES, tooLarge)
  const value = parseJson(bytes, 'body.secrets')
  return parseInput(secretRequestsSchema, value, 'body.secrets').map(parseSecret)
}

async function readConfig({ content }: Part): Promise<JsonObject> {
  const tooLarge = () => new AppError('body_too_large', `body.config: is over ${MAX_CONFIG_BYTES} bytes.`)
  const bytes = await collectBytes(content, MAX_CONFIG_BYTES, tooLarge)
  const value = parseJson(bytes, 'body.config')
  if (!isJsonObject(value)) throw new AppError('invalid_request', 'body.config: is not an object.')
  return value
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('body_too_large', `The archive is over ${maxBytes} bytes.`, {
    hint: 'Send less, or raise mcp_hosting.security.max_upload_size_mb.',
    details: { max_bytes: maxBytes },
  })
}
