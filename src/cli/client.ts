/** The REST API as the commands use it: JSON in and out, streamed uploads, NDJSON and event streams. */
import type { Readable } from 'node:stream'
import type { EventJson } from '../api/schema/event.ts'
import { collectBytes } from '../domain/collect-bytes.ts'
import { AppError, ERRORS, type ErrorCode } from '../domain/error.ts'
import { decodeJson, isJsonObject, type JsonObject } from '../domain/json.ts'
import { httpRequest, type OutboundResponse } from '../system/outbound.ts'
import type { Connection } from './connection.ts'
import { readEvents, readLines } from './read-stream.ts'

type Query = Readonly<Record<string, string | number | undefined>>
/** `reset` says that events were missed; every other type names its event. */
type StreamEvent = { readonly type: string; readonly data: EventJson }
export type Upload = { readonly contentType: string; readonly length: number; readonly body: Readable }

export interface Client {
  readonly url: URL
  get<T>(path: string, query?: Query): Promise<T>
  /** What is no JSON; `/metrics` alone is outside of the API's own paths. */
  text(path: string): Promise<string>
  /** POST, PATCH or DELETE; `undefined` where the answer has no body. */
  send<T>(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    options?: SendOptions,
  ): Promise<T>
  upload<T>(path: string, upload: Upload, query?: Query): Promise<T>
  /** One value a line, until the server ends the stream. */
  lines<T>(path: string, query?: Query): AsyncIterable<T>
  /** Each server-sent event, those after `after` first, until the server ends the stream. */
  events(path: string, after?: number): AsyncIterable<StreamEvent>
}

type SendOptions = { readonly query?: Query; readonly headers?: Readonly<Record<string, string>> }

const MAX_ANSWER_BYTES = 64 * 1024 * 1024

export function createClient({ url, token }: Connection, signal: AbortSignal): Client {
  const request = async (
    method: string,
    path: string,
    query: Query,
    headers: Readonly<Record<string, string>>,
    body?: string | Readable,
  ): Promise<OutboundResponse> => {
    const base = path === '/metrics' ? '' : '/api/v1'
    const target = new URL(`${url.pathname.replace(/\/$/, '')}${base}${path}`, url)
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) target.searchParams.set(key, String(value))
    }
    const response = await httpRequest({
      url: target,
      method,
      headers: {
        accept: 'application/json',
        ...headers,
        ...(token === null ? {} : { authorization: `Bearer ${token.reveal()}` }),
      },
      signal,
      ...(body === undefined ? {} : { body }),
    }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : buildUnreachable(url, error)
    })
    if (response.status >= 200 && response.status < 300) return response
    const problem = parseProblem(url, response.status, await readText(url, response))
    throw problem.code === 'unauthenticated' ? buildStrangerToken(problem, token !== null) : problem
  }
  const json = async <T>(pending: Promise<OutboundResponse>): Promise<T> => {
    const response = await pending
    const text = await readText(url, response)
    if (text === '') return undefined as T
    // The platform's own answers carry the types of src/api; anything that is not JSON is another program's.
    return parseJson(url, text) as T
  }
  const stream = async (
    path: string,
    query: Query,
    headers: Readonly<Record<string, string>>,
  ): Promise<Readable> => (await request('GET', path, query, headers)).body

  return {
    url,
    get: (path, query = {}) => json(request('GET', path, query, {})),
    text: async (path) => await readText(url, await request('GET', path, {}, { accept: '*/*' })),
    send(method, path, body, { query = {}, headers = {} } = {}) {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      const typed = body === undefined ? headers : { 'content-type': type, ...headers }
      return json(request(method, path, query, typed, body === undefined ? undefined : JSON.stringify(body)))
    },
    upload(path, { contentType, length, body }, query = {}) {
      const headers = { 'content-type': contentType, 'content-length': String(length) }
      return json(request('POST', path, query, headers, body))
    },
    async *lines<T>(path: string, query: Query = {}) {
      const body = await stream(path, query, { accept: 'application/x-ndjson' })
      for await (const line of readLines(body)) yield parseJson(url, line) as T
    },
    async *events(path, after) {
      const accept = { accept: 'text/event-stream' }
      const headers = after === undefined ? accept : { ...accept, 'last-event-id': String(after) }
      const body = await stream(path, {}, headers)
      for await (const { type, data } of readEvents(body))
        yield { type, data: parseJson(url, data) as EventJson }
    },
  }
}

async function readText(url: URL, { body }: OutboundResponse): Promise<string> {
  const tooLarge = () => buildStranger(url, 'its answer is too large')
  return (await collectBytes(body, MAX_ANSWER_BYTES, tooLarge)).toString('utf8')
}

function parseJson(url: URL, text: string): unknown {
  const value = decodeJson(text)
  if (value === undefined) throw buildStranger(url, 'its answer is not JSON')
  return value
}

/** RFC 9457 in, the same error out that the daemon threw; `details.request_id` finds it in the daemon's log. */
function parseProblem(url: URL, status: number, text: string): AppError {
  const problem = decodeJson(text)
  if (!isJsonObject(problem) || typeof problem['code'] !== 'string') {
    return buildStranger(url, `it answered ${status}`)
  }
  const code = problem['code'] in ERRORS ? (problem['code'] as ErrorCode) : 'internal'
  const message = typeof problem['detail'] === 'string' ? problem['detail'] : ERRORS[code].title
  const details: JsonObject = isJsonObject(problem['details']) ? problem['details'] : {}
  return new AppError(code, message, {
    ...(typeof problem['hint'] === 'string' ? { hint: problem['hint'] } : {}),
    details: { ...details, request_id: problem['request_id'] ?? null },
  })
}

/** The platform speaks of headers; who types commands has a variable to set. */
function buildStrangerToken(problem: AppError, hadToken: boolean): AppError {
  const what = hadToken ? 'Set HAIVEMIND_TOKEN to one that is valid there' : 'Set HAIVEMIND_TOKEN'
  return new AppError('unauthenticated', problem.message, {
    hint: `${what}; haivemind token create makes one, on the machine of the platform.`,
    ...(problem.details === undefined ? {} : { details: problem.details }),
  })
}

function buildUnreachable(url: URL, cause: unknown): AppError {
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  return new AppError('daemon_unreachable', `the platform at ${url.origin} does not answer (${reason})`, {
    cause,
  })
}

function buildStranger(url: URL, reason: string): AppError {
  return new AppError(
    'daemon_unreachable',
    `what listens at ${url.origin} is not hAIveMind Hosting: ${reason}`,
    { hint: 'Set HAIVEMIND_URL, or dashboard.port in the configuration, to where the platform listens.' },
  )
}
