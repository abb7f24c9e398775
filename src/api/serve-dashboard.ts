/** The dashboard: one page for each of its addresses, and the files that the page asks for. */
import { buildHtmlResponse } from './security-headers.ts'

/** What was built, as `src/system/static-files.ts` has it. */
export interface DashboardFiles {
  readonly index: string
  read(
    path: string,
    accepts: readonly string[],
  ): Promise<{
    readonly contentType: string
    readonly encoding: string | null
    readonly bytes: Uint8Array<ArrayBuffer>
  } | null>
}

export interface Dashboard {
  /** The page itself, whatever the address; the browser's side says when there is nothing at it. */
  servePage(request: Request, status?: number): Response
  /** For what no route has: a file, or the page for a browser that goes to an address; null otherwise. */
  find(request: Request): Promise<Response | null>
}

/** Addresses of the page. Its own router knows them too; a test holds the two together. */
const PAGES =
  /^\/(?:setup|login|deploy(?:\/[\w-]+)?|hub|logs|activity|insights|security|settings(?:\/[a-z-]+)?|servers(?:\/[a-z][a-z0-9-]*(?:\/[a-z-]+)?)?)$/

const THEMES = ['system', 'light', 'dark']
const YEAR_SECONDS = 31_536_000

export function createDashboard(files: DashboardFiles, createNonce: () => string): Dashboard {
  const servePage = (request: Request, status = 200) => {
    const nonce = createNonce()
    const html = files.index.replaceAll('{{nonce}}', nonce).replaceAll('{{theme}}', readTheme(request))
    return buildHtmlResponse(html, nonce, status)
  }
  return {
    servePage,
    async find(request) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return null
      const { pathname } = new URL(request.url)
      const file = await files.read(pathname.slice(1), readEncodings(request))
      if (file !== null && pathname !== '/index.html') {
        return new Response(file.bytes, {
          headers: {
            'content-type': file.contentType,
            vary: 'Accept-Encoding',
            ...(file.encoding === null ? {} : { 'content-encoding': file.encoding }),
            // The name holds a hash of the content; what has no hash may be asked for again.
            'cache-control': pathname.startsWith('/assets/')
              ? `public, max-age=${YEAR_SECONDS}, immutable`
              : 'public, max-age=3600',
          },
        })
      }
      // Programs that mistype an address of the API get the error they can read.
      if (!isNavigation(request) || /^\/(?:api|assets|\.well-known)\//.test(pathname)) return null
      return servePage(request, PAGES.test(pathname) ? 200 : 404)
    },
  }
}

function isNavigation({ headers }: Request): boolean {
  return (headers.get('accept') ?? '').includes('text/html')
}

function readEncodings({ headers }: Request): readonly string[] {
  const offers = (headers.get('accept-encoding') ?? '').split(',').map((part) => part.trim().toLowerCase())
  // `br;q=0` says no; other weights are a matter of taste.
  return offers.filter((offer) => !/;\s*q=0(?:\.0*)?$/.test(offer)).map((offer) => offer.split(';')[0] ?? '')
}

/** What the person chose; no secret, so its cookie is one that scripts may write. A word of ours, or `system`. */
function readTheme({ headers }: Request): string {
  const [, theme = ''] = /(?:^|;\s*)haivemind-theme=([a-z]+)/.exec(headers.get('cookie') ?? '') ?? []
  return THEMES.includes(theme) ? theme : 'system'
}
