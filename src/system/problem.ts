/** A problem as the answer of a plain node:http handler. */
import type { ServerResponse } from 'node:http'
import { renderProblem } from '../domain/problem.ts'
import { createRequestId } from './random.ts'

/** Returns the request id that the answer names, for the log. */
export function sendProblem(
  res: ServerResponse,
  error: unknown,
  headers: Readonly<Record<string, string>> = {},
): string {
  const requestId = createRequestId()
  if (res.headersSent || res.destroyed) return requestId
  const [instance = ''] = (res.req.url ?? '').slice(0, 1024).split('?')
  const problem = renderProblem(error, { instance, requestId })
  const body = JSON.stringify(problem)
  res.writeHead(problem.status, {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': requestId,
    ...headers,
  })
  res.end(body)
  return requestId
}
