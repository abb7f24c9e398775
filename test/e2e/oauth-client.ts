/** A person at a browser, and MCP clients of the official SDK that get their tokens by themselves. */
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
  type OAuthClientProvider,
} from '@modelcontextprotocol/client'
import { CLIENT } from '../fakes/issuer.ts'

type Visit = { readonly status: number; readonly url: URL; readonly headers: Headers; readonly text: string }

/** Keeps cookies for each origin and follows redirects by itself, as long as they lead to a place that it may visit. */
export function createBrowser() {
  const jars = new Map<string, Map<string, string>>()
  const jarOf = ({ origin }: URL) => {
    const jar = jars.get(origin) ?? new Map<string, string>()
    jars.set(origin, jar)
    return jar
  }
  const fetchOnce = async (url: URL, init: RequestInit = {}) => {
    const jar = jarOf(url)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(init.headers as Record<string, string>), ...(cookie === '' ? {} : { cookie }) }
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0|expires=thu, 01 jan 1970/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }
  return {
    cookies: (origin: string) => jarOf(new URL(origin)),
    fetch: (url: string, init?: RequestInit) => fetchOnce(new URL(url), init),
    /** Ends at the first answer that is no redirect, or before a place that `stop` names. */
    async visit(start: string, stop: (url: URL) => boolean = () => false): Promise<Visit> {
      let url = new URL(start)
      for (let hop = 0; hop < 20; hop++) {
        if (stop(url)) return { status: 0, url, headers: new Headers(), text: '' }
        const response = await fetchOnce(url)
        const location = response.headers.get('location')
        if (response.status < 300 || response.status > 399 || location === null) {
          return { status: response.status, url, headers: response.headers, text: await response.text() }
        }
        url = new URL(location, url)
      }
      throw new Error(`redirects without end: ${url.href}`)
    },
  }
}

/** What a client of the SDK keeps; the person at the browser agrees to everything. */
function createProvider(scope: string | undefined) {
  const asked: URL[] = []
  const saved: { tokens?: object; verifier?: string; discovery?: object; state: string } = {
    state: 'a-state-of-the-client',
  }
  const provider: OAuthClientProvider = {
    redirectUrl: CLIENT.redirect,
    clientMetadata: {
      redirect_uris: [CLIENT.redirect],
      ...(scope === undefined ? {} : { scope }),
      token_endpoint_auth_method: 'none',
    },
    state: () => saved.state,
    clientInformation: () => ({ client_id: CLIENT.id }),
    tokens: () => saved.tokens as never,
    saveTokens: (tokens) => void (saved.tokens = tokens),
    redirectToAuthorization: (url) => void asked.push(url),
    saveCodeVerifier: (verifier) => void (saved.verifier = verifier),
    codeVerifier: () => saved.verifier ?? '',
    saveDiscoveryState: (discovery) => void (saved.discovery = discovery),
    discoveryState: () => saved.discovery as never,
  }
  return { provider, asked, saved }
}

/**
 * From nothing but the endpoint: 401, metadata, the issuer's metadata, the person's agreement, token, connection.
 * `asked` are the addresses the person was sent to.
 */
export async function connectByOAuth(
  endpoint: string,
  options: { readonly scope?: string; readonly era?: 'legacy' | '2026-07-28' } = {},
) {
  const { provider, asked, saved } = createProvider(options.scope)
  const { era = '2026-07-28' } = options
  const mode = era === 'legacy' ? ('legacy' as const) : { pin: era }
  const open = () => new StreamableHTTPClientTransport(new URL(endpoint), { authProvider: provider })
  const first = open()
  const agree = async () => {
    const url = asked.at(-1)
    if (url === undefined) throw new Error('the client asked nobody')
    const back = await createBrowser().visit(url.href, ({ href }) => href.startsWith(CLIENT.redirect))
    if (back.url.searchParams.get('state') !== saved.state) throw new Error(`no code: ${back.text}`)
    await first.finishAuth(back.url.searchParams)
  }
  const create = () => new Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode } })
  const refused = await create()
    .connect(first)
    .then(
      () => null,
      (error: unknown) => error,
    )
  if (!(refused instanceof UnauthorizedError)) throw refused ?? new Error('it was let in without a token')
  await agree()
  const client = create()
  await client.connect(open())
  return { client, asked, agree, tokens: () => saved.tokens as { access_token: string; scope?: string } }
}
