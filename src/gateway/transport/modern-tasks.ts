/**
 * The tasks extension of 2026-07-28 (R95, R96): what a server answers later. A task lives in the process that made it and
 * belongs to the principal that asked for it; the server, which sees one client for all, cannot tell principals apart.
 */
import { AppError } from '../../domain/error.ts'
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import type { ProcessKey } from '../../domain/process-key.ts'
import { mayCall } from '../../domain/principal.ts'
import { CLIENT_CAPABILITIES, readMeta } from '../envelope.ts'
import { buildFault, INVALID_PARAMS, type Fault } from '../fault.ts'
import type { Request } from '../message.ts'
import type { TaskRecord, Tasks, UpstreamConnection } from '../ports.ts'
import type { Exchange } from './exchange.ts'

const TASKS = 'io.modelcontextprotocol/tasks'
export const TASK_METHODS = ['tasks/get', 'tasks/update', 'tasks/cancel'] as const

const MISSING_CAPABILITY = -32021
/** Of one principal at one server; the oldest are forgotten. */
const MAX_TASKS = 1000
const DAY_MS = 24 * 3_600_000
const MAX_TTL_MS = 7 * DAY_MS
const MAX_ID = 1024

/** Tasks of 2025-11-25 are another thing, and hidden. */
export function offersTasks({ era, initializeResult }: UpstreamConnection): boolean {
  const { capabilities } = initializeResult
  const extensions = isJsonObject(capabilities) ? capabilities['extensions'] : undefined
  return era === 'modern' && isJsonObject(extensions) && isJsonObject(extensions[TASKS])
}

export function declaresTasks({ params }: Request): boolean {
  const declared = readMeta(params)?.[CLIENT_CAPABILITIES]
  const extensions = isJsonObject(declared) ? declared['extensions'] : undefined
  return isJsonObject(extensions) && isJsonObject(extensions[TASKS])
}

export function buildUndeclared(): Fault {
  const data = { requiredCapabilities: { extensions: { [TASKS]: {} } } }
  return buildFault(400, MISSING_CAPABILITY, 'The request did not declare the tasks extension.', data)
}

/** Whose it is not learns no more than whose it never was. */
export function buildUnknownTask(): Fault {
  return buildFault(200, INVALID_PARAMS, 'There is no such task. It has ended, or belongs to another token.')
}

/** The caller's own task, still allowed to it; null for everything else. */
export async function findTask(
  exchange: Exchange,
  message: Request,
  tasks: Tasks,
): Promise<TaskRecord | null> {
  const { principal, hosted, server } = exchange
  const taskId = message.params?.['taskId']
  if (typeof taskId !== 'string' || taskId.length > MAX_ID) return null
  const found = await tasks.find(hosted.serverId, taskId)
  if (found === null || found.principalId !== principal.id) return null
  return mayCall(principal, server, found.tool ?? undefined) ? found : null
}

/**
 * Kept before the client hears of it, so that it can be asked for at once. Throws AppError `server_error` for a handle
 * that cannot be used: of a request that did not declare the extension, without an id, or with one that is taken.
 */
export async function rememberTask(
  exchange: Exchange,
  message: Request,
  result: JsonObject,
  key: ProcessKey,
  { tasks, now }: { readonly tasks: Tasks; readonly now: number },
): Promise<void> {
  if (!declaresTasks(message))
    throw new AppError('server_error', 'The server answered with a task, which the request did not declare.')
  const task = isJsonObject(result['task']) ? result['task'] : result
  const { taskId, ttlMs } = task
  if (typeof taskId !== 'string' || taskId === '' || taskId.length > MAX_ID)
    throw new AppError('server_error', 'The server answered with a task that has no usable id.')
  const ttl = typeof ttlMs === 'number' && ttlMs > 0 ? Math.min(ttlMs, MAX_TTL_MS) : DAY_MS
  const name = message.method === 'tools/call' ? message.params?.['name'] : undefined
  const record: TaskRecord = {
    serverId: exchange.hosted.serverId,
    taskId,
    principalId: exchange.principal.id,
    key,
    tool: typeof name === 'string' ? name.slice(0, 128) : null,
    createdAt: now,
    expiresAt: now + Math.ceil(ttl),
  }
  if (!(await tasks.create(record, MAX_TASKS)))
    throw new AppError('server_error', 'The server answered with the id of another task.')
}
