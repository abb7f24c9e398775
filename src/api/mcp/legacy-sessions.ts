import { WebStandardStreamableHTTPServerTransport, type McpServer } from '@modelcontextprotocol/server'
import { AppError } from '../../domain/error.ts'
import type { Principal } from '../../domain/principal.ts'
import { startRepeating } from '../../domain/repeat.ts'
import type { ApiDeps } from '../api-deps.ts'
import { factsOf } from '../request-facts.ts'

/** Each holds a server object; beyond these the one unused for longest ends, and its client begins anew. */
const MAX_SESSIONS = 500
/** One token's share: whoever opens more ends sessions of its own, not those of others. */
const MAX_PER_PRINCIPAL = 50
const IDLE_MS = 3_600_000
const SWEEP_MS = 60_000

type Session = {
  readonly principal: Principal
  readonly transport: WebStandardStreamableHTTPServerTransport
  readonly server: McpServer
  lastUsedAt: number
}

export interface LegacySessions {
  /** Serves clients of 2025-03-26 to 2025-11-25. */
  fetch(request: Request, principal: Principal, parsedBody: unknown): Promise<Response>
}

/**
 * Sessions on `/mcp` live in memory: after a restart of the platform a client gets 404 and initializes again, as the
 * protocol asks of it. A session id proves nothing: it is only good together with the token that opened it.
 */
export function createLegacySessions(
  deps: ApiDeps,
  options: {
    readonly createSessionId: () => string
    readonly buildServer: (principal: Principal) => McpServer
  },
): LegacySessions {
  const { clock, access, closing } = deps
  const sessions = new Map<string, Session>()

  const end = (id: string) => {
    const session = sessions.get(id)
    if (session === undefined) return
    sessions.delete(id)
    session.server.close().catch((error: unknown) => deps.onDefect(error, 'mcp:close'))
  }
  const endWhere = (fits: (session: Session) => boolean) => {
    for (const [id, session] of sessions) if (fits(session)) end(id)
  }
  access.onRevoked((principalId) => endWhere((session) => session.principal.id === principalId))
  access.onLapsed((principalId) => endWhere((session) => session.principal.id === principalId))
  const stopSweeping = startRepeating(clock, SWEEP_MS, () => {
    const oldest = clock.monotonic() - IDLE_MS
    endWhere(({ lastUsedAt }) => lastUsedAt < oldest)
  })
  closing.addEventListener('abort', () => {
    stopSweeping()
    endWhere(() => true)
  })

  const makeRoom = (counts: (session: Session) => boolean, most: number) => {
    const counted = [...sessions].filter(([, session]) => counts(session))
    if (counted.length < most) return
    const [oldest] = counted.sort(([, a], [, b]) => a.lastUsedAt - b.lastUsedAt)
    if (oldest !== undefined) end(oldest[0])
  }

  const open = async (principal: Principal) => {
    const server = options.buildServer(principal)
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: options.createSessionId,
      onsessioninitialized(id) {
        makeRoom((session) => session.principal.id === principal.id, MAX_PER_PRINCIPAL)
        makeRoom(() => true, MAX_SESSIONS)
        sessions.set(id, { principal, transport, server, lastUsedAt: clock.monotonic() })
      },
      onsessionclosed: end,
    })
    await server.connect(transport)
    return transport
  }

  return {
    async fetch(request, principal, parsedBody) {
      const options = parsedBody === undefined ? {} : { parsedBody }
      const id = request.headers.get('mcp-session-id')
      if (id === null) return (await open(principal)).handleRequest(request, options)
      const session = sessions.get(id)
      if (session === undefined || !isSame(session.principal, principal)) {
        if (session !== undefined) noteForeign(deps, request, principal)
        throw new AppError('route_not_found', 'There is no such session.', {
          hint: 'Initialize again without Mcp-Session-Id.',
        })
      }
      session.lastUsedAt = clock.monotonic()
      return session.transport.handleRequest(request, options)
    },
  }
}

/** The tools of a session act with the grants it was opened with: another token of the same person opens its own. */
function isSame(one: Principal, other: Principal): boolean {
  const { grants } = one
  const isEqual =
    grants.length === other.grants.length && grants.every((grant) => other.grants.includes(grant))
  return one.id === other.id && isEqual
}

/** Somebody named a session that another token opened. */
function noteForeign({ notes }: ApiDeps, request: Request, principal: Principal): void {
  const facts = factsOf(request)
  notes.note({
    actor: principal.id,
    via: 'mcp',
    ip: facts?.peer.ip ?? null,
    action: 'mcp.use',
    resource: null,
    outcome: 'denied',
    requestId: facts?.requestId ?? null,
    details: { code: 'route_not_found' },
  })
}
