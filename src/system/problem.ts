/** An error as an RFC 9457 problem over HTTP: one shape on every path, with nothing in it that is not meant to be seen. */
import type { ServerResponse } from 'node:http'
import { ERRORS, renderError } from '../domain/error.ts'

export function sendProblem(
  res: ServerResponse,
  error: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (res.headersSent || res.destroyed) return
  const { code, message, hint, details } = renderError(error)
  const { status, title } = ERRORS[code]
  const body = JSON.stringify({ type: 'about:blank', title, status, detail: message, code, hint, details })
  res.writeHead(status, {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...headers,
  })
  res.end(body)
}
