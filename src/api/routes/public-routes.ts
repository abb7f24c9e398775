import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { buildHtmlResponse } from '../security-headers.ts'
import { defineRoute, type Route } from '../route.ts'
import type { Dashboard } from '../serve-dashboard.ts'

/** Without a token, of constant size: they tell nothing about what is hosted. */
export function buildPublicRoutes(
  { isReady, isWritable, version, createSessionId }: ApiDeps,
  dashboard: Dashboard | null,
): Route[] {
  const text = (body: string, status = 200) =>
    new Response(body, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } })
  return [
    defineRoute({
      method: 'GET',
      path: '/healthz',
      needs: 'public',
      isUncounted: true,
      summary: 'The process answers',
      response: z.string(),
      answers: 'text/plain',
      handle: async () => text('ok\n'),
    }),
    defineRoute({
      method: 'GET',
      path: '/readyz',
      needs: 'public',
      isUncounted: true,
      summary:
        'The platform takes work (200; degraded: calls alone, since its disk takes nothing), or is starting or stopping (503)',
      response: z.string(),
      answers: 'text/plain',
      handle: async () => {
        if (!isReady()) return text('no\n', 503)
        return text(isWritable() ? 'ok\n' : 'degraded\n')
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/',
      needs: 'public',
      summary: 'The dashboard; where it is switched off, what this is and where its interfaces are',
      response: z.string(),
      answers: 'text/html',
      handle: async ({ request }) => {
        if (dashboard !== null) return dashboard.servePage(request)
        const nonce = createSessionId()
        return buildHtmlResponse(renderFrontPage(version, nonce), nonce)
      },
    }),
  ]
}

function renderFrontPage(version: string, nonce: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>hAIveMind Hosting</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">body{font:1rem/1.5 system-ui,sans-serif;max-width:45rem;margin:3rem auto;padding:0 1rem}</style>
<h1>hAIveMind Hosting ${version}</h1>
<p>This platform hosts MCP servers. Its dashboard is switched off or was not built; use the command line or an interface below.</p>
<ul>
<li><code>haivemind list</code> on this machine: what is hosted</li>
<li><code>/servers/{name}/mcp</code>: a hosted server, for any MCP client (Streamable HTTP, bearer token)</li>
<li><code>/mcp</code>: the platform's own tools, for any MCP client</li>
<li><a href="/api/openapi.json">/api/openapi.json</a>: the REST API</li>
</ul>
</html>
`
}
