import { z } from 'zod'
import { collectBytes } from '../../domain/collect-bytes.ts'
import { AppError } from '../../domain/error.ts'
import { SERVER_NAME } from '../../domain/id.ts'
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import type { TimedArchive } from '../../hosting/ports.ts'
import type { ApiDeps } from '../api-deps.ts'
import { parseMultipart, type Part } from '../multipart.ts'
import { parseInput } from '../problem.ts'
import { bodyOf, mediaTypeOf, parseJson, readJson } from '../read-body.ts'
import { renderOperation } from '../render-operation.ts'
import { defineRoute } from '../route.ts'
import { archiveUrlSchema } from '../schema/common.ts'
import { operationSchema } from '../schema/operation.ts'

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
/** What multipart may add to the archive: boundaries, headers, the configuration. */
const MULTIPART_OVERHEAD = 1024 * 1024

type Upload = { readonly archive: TimedArchive; readonly config: JsonObject }

export function buildDeployRoute(deps: ApiDeps) {
  const { hosting, maxUploadBytes } = deps
  return defineRoute({
    method: 'POST',
    path: '/api/v1/servers',
    needs: 'servers:deploy',
    counts: 'uploads',
    action: 'server.deploy',
    auditDetails: ({ query }) => ({ name: query.name ?? null, start: query.start === 'true' }),
    summary: 'Deploy an archive: a new server, or a new version of the one that has this name',
    query: z.strictObject({
      name: z.string().regex(SERVER_NAME).optional().describe('Absent: the config or the archive names it'),
      start: z.enum(['true', 'false']).default('true').describe('false: install only'),
    }),
    accepts: ['multipart/form-data', 'application/json', ...RAW_TYPES],
    status: 202,
    response: operationSchema,
    async handle({ request, query, principal, reply }) {
      const declared = Number(request.headers.get('content-length') ?? 0)
      if (declared > maxUploadBytes + MULTIPART_OVERHEAD) throw tooLarge(maxUploadBytes)
      const { archive, config } = await readUpload(deps, request)
      const name = query.name ?? (typeof config['name'] === 'string' ? config['name'] : null)
      const operation = await hosting.deploy(
        { archive, name, config, start: query.start === 'true' },
        principal,
      )
      return reply(await renderOperation(deps, operation), { location: `/api/v1/operations/${operation.id}` })
    },
  })
}

async function readUpload(deps: ApiDeps, request: Request): Promise<Upload> {
  const type = mediaTypeOf(request)
  if (type === 'multipart/form-data') return readMultipart(deps, request)
  if (type === 'application/json') {
    const { archive_url, config } = parseInput(byUrlSchema, await readJson(request), 'body')
    const source = await deps.openArchive(archive_url, request.signal)
    return {
      archive: await deps.hosting.receive(source, request.signal),
      config: (config ?? {}) as JsonObject,
    }
  }
  if (!RAW_TYPES.includes(type)) {
    throw new AppError(
      'unsupported_media_type',
      `Send multipart/form-data, application/json, or ${RAW_TYPES.join(', ')}.`,
    )
  }
  return { archive: await deps.hosting.receive(bodyOf(request), request.signal), config: {} }
}

/** The archive goes to disk as it comes; whatever is wrong with the rest, it does not stay there. */
async function readMultipart({ hosting }: ApiDeps, request: Request): Promise<Upload> {
  let archive: TimedArchive | null = null
  let config: JsonObject | null = null
  try {
    for await (const part of parseMultipart(request.headers.get('content-type') ?? '', bodyOf(request))) {
      if (part.name === 'archive' && archive === null) {
        archive = await hosting.receive(part.content, request.signal)
      } else if (part.name === 'config' && config === null) {
        config = await readConfig(part)
      } else {
        throw new AppError('invalid_request', `body.${part.name}: is not known here, or comes twice.`)
      }
    }
    if (archive === null) throw new AppError('invalid_request', 'body.archive: is missing.')
    return { archive, config: config ?? {} }
  } catch (error) {
    if (archive !== null) await hosting.discard(archive)
    throw error
  }
}

async function readConfig({ content }: Part): Promise<JsonObject> {
  const tooLarge = () => new AppError('body_too_large', `body.config: is over ${MAX_CONFIG_BYTES} bytes.`)
  const bytes = await collectBytes(content, MAX_CONFIG_BYTES, tooLarge)
  const value = parseJson(bytes.toString('utf8'), 'body.config')
  if (!isJsonObject(value)) throw new AppError('invalid_request', 'body.config: is not an object.')
  return value
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('body_too_large', `The archive is over ${maxBytes} bytes.`, {
    hint: 'Send less, or raise mcp_hosting.security.max_upload_size_mb.',
    details: { max_bytes: maxBytes },
  })
}
