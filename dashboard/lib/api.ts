/** The one way to the platform: same origin, by cookie, every answer JSON or a problem. */
import type { Problem } from '../../src/domain/problem.ts'

/** What went wrong, in the platform's words where it answered. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string | null
  readonly requestId: string | null
  readonly retryAfterSeconds: number | null
  readonly fields: readonly { readonly path: string; readonly message: string }[]
  readonly details: Readonly<Record<string, unknown>>

  constructor(status: number, problem: Partial<Problem>, retryAfter: string | null = null) {
    super(problem.detail ?? problem.title ?? 'The platform did not answer as expected.')
    this.status = status
    this.code = problem.code ?? 'unexpected_answer'
    this.hint = problem.hint ?? null
    this.requestId = problem.request_id ?? null
    this.retryAfterSeconds = retryAfter === null || retryAfter === '' ? null : Number(retryAfter)
    this.fields = problem.errors ?? []
    this.details = problem.details ?? {}
  }
}

/** Nobody answered: the platform restarts, or the network is gone. */
export const UNREACHABLE = 'unreachable'

type Options = {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly query?: Readonly<Record<string, string | number | boolean | null | undefined>>
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Below `/api/v1`. Throws ApiError. */
export async function api<T>(path: string, options: Options = {}): Promise<T> {
  const response = await send(path, options)
  return (await response.json()) as T
}

/** The same for what is no JSON: logs, exports. */
export async function apiText(path: string, options: Options = {}): Promise<string> {
  return (await send(path, options)).text()
}

export async function send(path: string, options: Options = {}): Promise<Response> {
  const { method = options.json === undefined ? 'GET' : 'POST', query = {}, json, headers, signal } = options
  const response = await fetch(buildUrl(path, query), {
    method,
    headers: {
      accept: 'application/json',
      ...(method === 'GET' ? {} : { 'x-haivemind-csrf': '1' }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error
    throw new ApiError(0, {
      code: UNREACHABLE as never,
      detail: 'The platform does not answer.',
      hint: 'It may be restarting; hosted servers keep running meanwhile.',
    })
  })
  if (!response.ok) throw await readProblem(response)
  return response
}

/**
 * One message of MCP to the endpoint of a hosted server, as its clients post theirs. An answer that is none of MCP is
 * thrown; what cannot be reached rejects as `fetch` does.
 */
export async function sendMessage(
  server: string,
  message: unknown,
  { headers, signal }: Pick<Options, 'headers' | 'signal'>,
): Promise<Response> {
  const response = await fetch(`/servers/${encodeURIComponent(server)}/mcp`, {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'x-haivemind-csrf': '1',
      ...headers,
    },
    body: JSON.stringify(message),
    ...(signal === undefined ? {} : { signal }),
  })
  const type = response.headers.get('content-type') ?? ''
  if (type.includes('problem+json') || !/json|event-stream/.test(type)) throw await readProblem(response)
  return response
}

/** OpenAPI: what the platform says of its own API. */
export async function readDescription(signal: AbortSignal): Promise<unknown> {
  const response = await fetch('/api/openapi.json', { signal })
  if (!response.ok) throw await readProblem(response)
  return response.json()
}

export function buildUrl(path: string, query: NonNullable<Options['query']> = {}): string {
  const set = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  )
  const search = new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString()
  return `/api/v1${path}${search === '' ? '' : `?${search}`}`
}

/** Anything thrown, as what a page can show. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  return new ApiError(0, { detail: error instanceof Error ? error.message : String(error) })
}

export async function readProblem(response: Response): Promise<ApiError> {
  const type = response.headers.get('content-type') ?? ''
  const problem = type.includes('json')
    ? await response.json().then(
        (body: Partial<Problem>) => body,
        () => ({}),
      )
    : {}
  return new ApiError(
    response.status,
    { title: `The platform answered ${response.status}.`, ...problem },
    response.headers.get('retry-after'),
  )
}
