import { Hono } from 'hono'
import { z } from 'zod'
import { AppError } from '../domain/error.ts'
import type { Peer } from '../domain/peer.ts'
import type { ApiDeps } from './api-deps.ts'
import { assertCurrent, authorize } from './authorize.ts'
import { isDenial, noteDenied } from './audit/note-denied.ts'
import { describeRoute, serveAudited } from './audit/serve-audited.ts'
import { findChallenge } from './challenge.ts'
import { createMcp, type Mcp } from './mcp/create-mcp.ts'
import type { ManagementTool } from './mcp/tool.ts'
import { buildOpenApi, type OpenApi } from './openapi.ts'
import { buildProblemResponse, parseInput } from './problem.ts'
import { readJson } from './read-body.ts'
import { factsOf, rememberFacts } from './request-facts.ts'
import { defineRoute, type Call, type Route } from './route.ts'
import { buildAttentionRoute } from './routes/attention-route.ts'
import { buildAuditRoutes } from './routes/audit-routes.ts'
import { buildBackupRoutes } from './routes/backup-routes.ts'
import { buildClientRoutes } from './routes/client-routes.ts'
import { buildCleanupRoutes } from './routes/cleanup-routes.ts'
import { buildConfigRoutes } from './routes/config-routes.ts'
import { buildDeployRoute } from './routes/deploy-route.ts'
import { buildLogRoutes } from './routes/log-routes.ts'
import { buildLoginRoutes } from './routes/login-routes.ts'
import { buildIncidentRoutes } from './routes/incident-routes.ts'
import { buildMemoryRoutes } from './routes/memory-routes.ts'
import { buildMetricsRoute } from './routes/metrics-route.ts'
import { buildNotificationRoutes } from './routes/notification-routes.ts'
import { buildPinRoutes } from './routes/pin-routes.ts'
import { buildPlatformRoutes } from './routes/platform-routes.ts'
import { buildPublicRoutes } from './routes/public-routes.ts'
import { buildRecommendationRoutes } from './routes/recommendation-routes.ts'
import { buildSessionRoutes } from './routes/session-routes.ts'
import { buildSampleRoutes } from './routes/sample-routes.ts'
import { buildScanRoutes } from './routes/scan-routes.ts'
import { buildResourceRoutes } from './routes/resource-routes.ts'
import { buildSecretRoutes } from './routes/secret-routes.ts'
import { buildHealthRoutes } from './routes/health-routes.ts'
import { buildServerRoutes } from './routes/server-routes.ts'
import { buildOfferedRoutes } from './routes/offered-routes.ts'
import { buildToolRoutes } from './routes/tool-routes.ts'
import { buildTokenRoutes } from './routes/token-routes.ts'
import { buildUserRoutes } from './routes/user-routes.ts'
import { buildUseRoutes } from './routes/use-routes.ts'
import { addSecurityHeaders } from './security-headers.ts'
import { createDashboard, type Dashboard } from './serve-dashboard.ts'
import { createStreams } from './streams.ts'

export interface Api {
  /** Answers every request outside the gateway's paths; never rejects. */
  fetch(request: Request, peer?: Peer): Promise<Response>
  /** The registry, for the tests that walk it. */
  readonly routes: readonly Route[]
  readonly tools: readonly ManagementTool[]
}

export function createApi(deps: ApiDeps): Api {
  const dashboard = deps.dashboard === null ? null : createDashboard(deps.dashboard, deps.createSessionId)
  const routes = buildRoutes(deps, dashboard)
  const mcp = createMcp(deps)
  const app = new Hono()
  const served = new WeakMap<Request, string>()
  const allowed = new Map<string, Set<string>>()
  for (const route of routes) {
    app.on(route.method, route.path, ({ req }) => {
      served.set(req.raw, route.path)
      return serve(deps, route, req.raw, req.param())
    })
    const methods = allowed.get(route.path) ?? new Set()
    allowed.set(route.path, methods.add(route.method).add(route.method === 'GET' ? 'HEAD' : route.method))
  }
  for (const [path, methods] of allowed) {
    app.all(path, ({ req }) => {
      const error = new AppError('method_not_allowed', `${req.method} is not possible at ${req.path}.`)
      const response = fail(deps, req.raw, error)
      response.headers.set('allow', [...methods].join(', '))
      return response
    })
  }
  app.notFound(async ({ req }) => {
    const found = (await dashboard?.find(req.raw)) ?? null
    if (found !== null) served.set(req.raw, 'dashboard')
    return found ?? fail(deps, req.raw, new AppError('route_not_found', `There is nothing at ${req.path}.`))
  })

  return {
    routes,
    tools: mcp.tools,
    async fetch(request, peer = UNKNOWN_PEER) {
      const requestId = deps.createRequestId()
      rememberFacts(request, { requestId, peer })
      const refused = deps.checkHost(request)
      const begun = deps.clock.monotonic()
      const isMcp = new URL(request.url).pathname === '/mcp'
      const finish = (response: Response) => {
        const route = isMcp ? '/mcp' : (served.get(request) ?? 'none')
        const seconds = (deps.clock.monotonic() - begun) / 1000
        deps.metrics.noteServed(route, request.method, response.status, seconds)
        addSecurityHeaders(response, peer)
        deps.limits.mark(request, response)
        response.headers.set('x-request-id', requestId)
        return response
      }
      if (refused !== null) return finish(fail(deps, request, refused))
      const answer = isMcp ? serveMcp(deps, mcp, request) : app.fetch(request)
      return finish(await answer)
    },
  }
}

function buildRoutes(deps: ApiDeps, dashboard: Dashboard | null): readonly Route[] {
  const streams = createStreams(deps)
  const routes = [
    ...buildPublicRoutes(deps, dashboard),
    ...buildBackupRoutes(deps),
    ...buildNotificationRoutes(deps),
    buildMetricsRoute(deps),
    ...buildResourceRoutes(deps),
    ...buildServerRoutes(deps),
    ...buildHealthRoutes(deps),
    buildDeployRoute(deps),
    ...buildPinRoutes(deps),
    ...buildClientRoutes(deps),
    buildAttentionRoute(deps),
    ...buildUseRoutes(deps, streams),
    ...buildLogRoutes(deps),
    ...buildToolRoutes(deps),
    ...buildOfferedRoutes(deps),
    ...buildPlatformRoutes(deps, streams),
    ...buildTokenRoutes(deps),
    ...buildUserRoutes(deps),
    ...buildSessionRoutes(deps),
    ...buildLoginRoutes(deps),
    ...buildScanRoutes(deps),
    ...buildAuditRoutes(deps),
    ...buildSecretRoutes(deps),
    ...buildCleanupRoutes(deps),
    ...buildConfigRoutes(deps),
    ...buildMemoryRoutes(deps),
    ...buildIncidentRoutes(deps),
    ...buildSampleRoutes(deps),
    ...buildRecommendationRoutes(deps),
  ]
  // Made at the first request: it describes itself too.
  let document: OpenApi | null = null
  const openApi: Route = defineRoute({
    method: 'GET',
    path: '/api/openapi.json',
    needs: 'public',
    summary: 'This document',
    response: z.looseObject({ openapi: z.string() }),
    handle: async ({ reply }) => reply((document ??= buildOpenApi(all, deps.version))),
  })
  const all: readonly Route[] = [...routes, openApi]
  return all
}

const UNKNOWN_PEER: Peer = { ip: null, isSecure: false }

async function serve(
  deps: ApiDeps,
  route: Route,
  request: Request,
  params: Readonly<Record<string, string>>,
): Promise<Response> {
  try {
    if (route.needs !== 'public') assertReady(deps)
    // Who asks comes before what is asked: a stranger learns nothing from validation.
    const caller = await authorize(deps, route, request, params).catch(async (error: unknown) => {
      await noteDenied(deps, request, { via: 'api', ...describeRoute(route, params) }, error)
      throw error
    })
    const call: Call = {
      ...caller,
      ...(factsOf(request) ?? { requestId: '', peer: UNKNOWN_PEER }),
      request,
      params,
      query: parseQuery(route, request),
      body:
        route.body === undefined
          ? undefined
          : parseInput(route.body, await readJson(request, route.needs === 'public'), 'body'),
      reply: (data, headers = {}) => Response.json(data, { status: route.status ?? 200, headers }),
      assertCurrent: () => assertCurrent(deps, caller),
      tell: () => {},
    }
    if (route.needs !== 'public') call.assertCurrent()
    if (route.counts !== undefined) deps.limits.count(route.counts, request, caller.principal)
    return await serveAudited(deps, route, call)
  } catch (error) {
    return fail(deps, request, error)
  }
}

async function serveMcp(deps: ApiDeps, mcp: Mcp, request: Request): Promise<Response> {
  try {
    assertReady(deps)
    return await mcp.fetch(request)
  } catch (error) {
    if (isDenial(error)) {
      await noteDenied(deps, request, { via: 'mcp', action: 'mcp.use', resource: null }, error)
    }
    return fail(deps, request, error)
  }
}

/** While it starts, what a dead daemon left is not sorted out yet; while it stops, nothing new may begin. */
function assertReady({ isReady }: ApiDeps): void {
  if (!isReady()) throw new AppError('not_ready', 'The platform is starting or stopping.')
}

const NO_QUERY = z.strictObject({})
const MAX_QUERY_PARAMETERS = 100

function parseQuery(route: Route, request: Request): unknown {
  const { searchParams } = new URL(request.url)
  if (searchParams.size > MAX_QUERY_PARAMETERS) {
    throw new AppError('invalid_request', `query: has over ${MAX_QUERY_PARAMETERS} parameters.`)
  }
  const query: Record<string, string> = {}
  for (const [key, value] of searchParams) {
    if (Object.hasOwn(query, key)) throw new AppError('invalid_request', `query.${key}: comes twice.`)
    query[key] = value
  }
  return parseInput(route.query ?? NO_QUERY, query, 'query')
}

function fail(deps: ApiDeps, request: Request, error: unknown): Response {
  const requestId = factsOf(request)?.requestId ?? ''
  if (!(error instanceof AppError)) deps.onDefect(error, requestId)
  else if (error.code === 'rate_limited') deps.metrics.noteLimited(policyOf(error))
  const challenge = findChallenge(deps.access.oauth, request, error)
  return buildProblemResponse(error, { instance: new URL(request.url).pathname, requestId, challenge })
}

/** Those for sign-ins have no name. */
function policyOf({ details }: AppError): string {
  const policy = details?.['policy']
  return typeof policy === 'string' ? policy : 'sign_in'
}
