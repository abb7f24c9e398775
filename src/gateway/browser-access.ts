/** What a browser has to be told before its pages may call an endpoint. */
import type { ServerResponse } from 'node:http'

/** The listener refused every origin that is not allowed (R150); what is left may read the answer (R153). */
export function allowOrigin(res: ServerResponse, origin: string): void {
  res.setHeader('Access-Control-Allow-Origin', origin)
  res.setHeader('Access-Control-Expose-Headers', 'Mcp-Session-Id, WWW-Authenticate')
  res.setHeader('Vary', 'Origin')
}

/** A browser asks before it has a token; the answer says nothing about any server. */
export function answerPreflight(res: ServerResponse): void {
  res.writeHead(204, {
    'Access-Control-Allow-Methods': 'POST, GET, DELETE',
    'Access-Control-Allow-Headers':
      'authorization, content-type, accept, mcp-protocol-version, mcp-method, mcp-name, mcp-session-id, last-event-id',
    'Access-Control-Max-Age': '600',
  })
  res.end()
}
