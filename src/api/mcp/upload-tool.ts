import { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { ApiDeps } from '../api-deps.ts'
import { assertCurrent } from '../authorize.ts'
import { renderOperation, renderOperationRow } from '../render-operation.ts'
import { archiveUrlSchema, nameSchema } from '../schema/common.ts'
import {
  operationListSchema,
  operationQuerySchema,
  operationSchema,
  type OperationJson,
} from '../schema/operation.ts'
import { CHANGES, defineTool, READS, type ManagementTool } from './tool.ts'

/** Below the 60 s after which clients give a request up by default. */
const WAIT_MS = 45_000
const CHUNK_BYTES = 64 * 1024

const input = z.strictObject({
  name: nameSchema,
  archive_base64: z
    .base64()
    .optional()
    .describe('zip, mcpb, tar, tar.gz or tar.zst; the whole request at most 4 MiB, bigger ones by REST'),
  archive_url: archiveUrlSchema.optional(),
  upload_id: z.string().optional().describe('Not available in this release'),
  command: z.array(z.string()).min(1).optional().describe('Start command; absent: it is detected'),
  description: z.string().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  resource_limits: z
    .strictObject({
      memory_mb: z.int().optional(),
      cpu_percent: z.int().optional(),
      max_processes: z.int().optional(),
      disk_mb: z.int().optional(),
    })
    .optional(),
  health_check_url: z
    .string()
    .optional()
    .describe(
      'For a server that speaks HTTP itself: an address of its own port, asked in the place of a ping',
    ),
  auto_restart: z.boolean().optional(),
  start: z.boolean().default(true).describe('false: install only'),
})

export function buildUploadTools(deps: ApiDeps): ManagementTool[] {
  const { hosting } = deps
  const waitFor = async (id: string, waitMs: number, signal: AbortSignal) =>
    renderOperation(deps, await hosting.getOperation(id, { waitMs, signal }))
  return [
    defineTool({
      name: 'upload_mcp_server',
      title: 'Upload an MCP server',
      description:
        'Deploys an archive as a new server, or as a new version of the server with this name, and starts it. ' +
        'Answers when it runs; a long deployment goes on and get_operation tells its end.',
      needs: 'servers:deploy',
      counts: 'uploads',
      action: 'server.deploy',
      input,
      output: operationSchema,
      annotations: { ...CHANGES, idempotentHint: false },
      async run({ args, principal, signal }) {
        const archive = await hosting.receive(await openArchive(deps, args, signal), signal)
        try {
          assertCurrent(deps, { principal, session: null })
        } catch (error) {
          await hosting.discard(archive)
          throw error
        }
        const request = {
          archive,
          name: args.name,
          config: buildConfig(args),
          via: 'mcp' as const,
          start: args.start,
        }
        const { id } = await hosting.deploy(request, principal)
        const operation = await waitFor(id, WAIT_MS, signal)
        failIfFailed(operation)
        return { text: describe(operation), data: operation }
      },
    }),
    defineTool({
      name: 'list_operations',
      title: 'Deployments',
      description: 'Deployments, newest first: who began them, how far they came, what ended them.',
      needs: 'servers:read',
      input: operationQuerySchema.extend({ limit: z.int().min(1).max(500).default(50) }),
      output: operationListSchema,
      annotations: READS,
      async run({ args: { server = null, status = null, limit } }) {
        const items = (await hosting.listOperations({ server, status, limit })).map(renderOperationRow)
        const lines = items.map(
          (row) => `- ${row.id} ${row.name}: ${row.status}${row.stage === null ? '' : ` at ${row.stage}`}`,
        )
        return { text: [`${items.length} deployments`, ...lines].join('\n'), data: { items } }
      },
    }),
    defineTool({
      name: 'get_operation',
      title: 'Progress of a deployment',
      description: 'The stages of a deployment, each with its note and log. It always ends.',
      needs: 'servers:read',
      input: z.strictObject({
        operation_id: z.string().max(100),
        wait_seconds: z
          .number()
          .min(0)
          .max(WAIT_MS / 1000)
          .default(0)
          .describe('Answer when it has ended'),
      }),
      output: operationSchema,
      annotations: READS,
      async run({ args, signal }) {
        const operation = await waitFor(args.operation_id, args.wait_seconds * 1000, signal)
        return { text: describe(operation), data: operation }
      },
    }),
    defineTool({
      name: 'cancel_operation',
      title: 'Cancel a deployment',
      description:
        'Ends a deployment that goes on, and takes back what it began. An earlier version goes on serving.',
      needs: 'servers:deploy',
      action: 'server.cancel_deploy',
      input: z.strictObject({ operation_id: z.string().max(100) }),
      output: operationSchema,
      annotations: { ...CHANGES, idempotentHint: false },
      async run({ args }) {
        const operation = await renderOperation(deps, await hosting.cancelOperation(args.operation_id))
        return { text: describe(operation), data: operation }
      },
    }),
  ]
}

async function openArchive(
  deps: ApiDeps,
  args: z.output<typeof input>,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  if (args.upload_id !== undefined) {
    const instead = 'send archive_base64 or archive_url, or the archive over REST'
    throw new AppError('unsupported_setting', `"upload_id" is not available in this release: ${instead}.`)
  }
  const { archive_base64, archive_url } = args
  if ((archive_base64 === undefined) === (archive_url === undefined)) {
    throw new AppError('invalid_request', 'Send either archive_base64 or archive_url.')
  }
  if (archive_url !== undefined) return deps.openArchive(archive_url, signal)
  return chunksOf(Buffer.from(archive_base64 ?? '', 'base64'))
}

/** What server_config.json would say; intake checks it with the same schema. */
function buildConfig(args: z.output<typeof input>): JsonObject {
  const { name, command, description, environment, resource_limits, auto_restart, health_check_url } = args
  const given = { name, command, description, environment, resource_limits, auto_restart, health_check_url }
  return JSON.parse(JSON.stringify(given)) as JsonObject
}

export async function* chunksOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES)
}

function failIfFailed({ id, error, stages }: OperationJson): void {
  if (error === null) return
  const stage = stages.find(({ status }) => status === 'failed')
  throw new AppError(error.code, `${stage === undefined ? '' : `${stage.stage}: `}${error.message}`, {
    hint: error.hint,
    details: { ...error.details, operation_id: id, ...(stage?.log ? { log: stage.log.slice(-4096) } : {}) },
  })
}

function describe(operation: OperationJson): string {
  const { id, name, status, error, stages, version } = operation
  if (status === 'succeeded') {
    const endpoint = operation.server_detail?.endpoint ?? ''
    const isHeld = operation.review?.state === 'pending'
    const next = isHeld
      ? '\nIt does not start before that: see get_mcp_server_findings; an administrator releases it with approve_mcp_server.'
      : ''
    const note = stages.find(({ stage }) => stage === 'verify')?.note ?? ''
    return (
      `Server "${name}" uploaded successfully: version ${version ?? '-'}. ${note}\n${endpoint}`.trim() + next
    )
  }
  if (error !== null) return `The deployment ${id} of "${name}" ${status}: ${error.message}`
  const current = stages.find((stage) => stage.status === 'running')
  return `The deployment ${id} of "${name}" goes on${current ? ` (${current.stage})` : ''}; ask get_operation for its end.`
}
