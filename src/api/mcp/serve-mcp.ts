import { isUtf8 } from 'node:buffer'
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server'
import { createClientNews, readIntroduction } from '../../domain/client-news.ts'
import { decodeJson, isJsonObject, isNestedBeyond } from '../../domain/json.ts'
import type { Principal } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import { assertCurrent } from '../authorize.ts'
import { readBody } from '../read-body.ts'
import { buildServer } from './build-server.ts'
import { createLegacySessions } from './legacy-sessions.ts'
import { createListenStreams, isListen } from './listen-streams.ts'
import { MAX_BODY_BYTES, type ManagementTool } from './tool.ts'

const MAX_DEPTH = 64
const NO_BODY = { value: undefined }

export type McpProtocol = (request: Request, principal: Principal) => Promise<Response>

/** Both eras of the protocol over one set of tools; who asks was decided before. */
export function createMcpProtocol(deps: ApiDeps, tools: readonly ManagementTool[]): McpProtocol {
  // The handler hands on what we tell it about the caller, and checks nothing itself.
  const principals = new WeakMap<Request, Principal>()
  const modern = createMcpHandler(
    ({ requestInfo }) => {
      const principal = requestInfo && principals.get(requestInfo)
      if (principal === undefined) throw new Error('an MCP request reached the tools without a principal')
      return buildServer(deps, tools, principal)
    },
    { legacy: 'reject', maxRequestBodySize: MAX_BODY_BYTES },
  )
  const legacy = createLegacySessions(deps, {
    createSessionId: deps.createSessionId,
    buildServer: (principal) => buildServer(deps, tools, principal),
  })
  const listens = createListenStreams(deps)
  deps.closing.addEventListener('abort', () => {
    modern.close().catch((error: unknown) => deps.onDefect(error, 'mcp:close'))
  })
  const serve = async (request: Request, principal: Principal, message: unknown): Promise<Response> => {
    if (await isLegacyRequest(request, message)) return legacy.fetch(request, principal, message)
    principals.set(request, principal)
    const answer = () => modern.fetch(request, { parsedBody: message })
    return isListen(message) ? listens.open(principal, request, answer) : answer()
  }
  const noteClient = createClientNoter(deps)
  return async (request, principal) => {
    const body = request.method === 'POST' ? await readMessage(request) : NO_BODY
    if (body instanceof Response) return body
    assertCurrent(deps, { principal, session: null })
    const response = await serve(request, principal, body.value)
    noteClient(principal, body.value, response)
    return response
  }
}

/** As at hosted servers: an event when a client begins here. One that was refused did not. */
function createClientNoter({ clock, hosting }: ApiDeps) {
  const news = createClientNews(clock)
  return (principal: Principal, message: unknown, { status, headers }: Response) => {
    if (status >= 300 || !isJsonObject(message) || typeof message['method'] !== 'string') return
    const { method, params } = message
    // It may be refused with status 200; then there is no session.
    if (method === 'initialize' && !headers.has('mcp-session-id')) return
    const found = readIntroduction(method, isJsonObject(params) ? params : undefined)
    if (found === null || !news.isNews(principal.id, found)) return
    const { client, version, protocolVersion } = found
    hosting.noteClient({
      server: null,
      isPlatform: true,
      principalId: principal.id,
      client,
      version,
      protocolVersion,
    })
  }
}

/** Bounded before it is parsed, as on the gateway: the SDK would parse whatever nests, and mend what is no UTF-8. */
async function readMessage(request: Request): Promise<{ readonly value: unknown } | Response> {
  const bytes = await readBody(request, MAX_BODY_BYTES)
  if (!isUtf8(bytes)) return refuse('The body is not UTF-8.')
  const text = bytes.toString('utf8')
  if (isNestedBeyond(text, MAX_DEPTH)) return refuse(`The body is nested deeper than ${MAX_DEPTH} levels.`)
  const value = decodeJson(text)
  return value === undefined ? refuse('The body is not JSON.') : { value }
}

/** JSON-RPC's parse error: nobody knows which message it answers. */
function refuse(message: string): Response {
  return Response.json({ jsonrpc: '2.0', id: null, error: { code: -32700, message } }, { status: 400 })
}
