/**
 * Fetching what somebody else named: an archive, an issuer's documents. Only https to public addresses, besides the
 * places that the operator named. A name is resolved once and what was judged is what is dialled, at each redirect
 * anew; size and time are capped whatever the other side says of itself.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isDeniedAddress } from '../domain/address-rules.ts'
import { AppError } from '../domain/error.ts'
import { httpRequest, listOwnAddresses, resolveHost, type ResolvedHost } from './outbound.ts'

export type FetchRules = {
  /** `host:port` in lower case: may be private and without TLS, because the operator said so. */
  readonly named: ReadonlySet<string>
  readonly maxBytes: number
  /** From the first look-up to the last byte. */
  readonly timeoutMs: number
  /** Another resolver, for tests. */
  readonly resolve?: (host: string) => Promise<ResolvedHost>
}

export type FetchRequest = {
  readonly url: string
  /** Only GET follows redirects. */
  readonly method?: 'GET' | 'POST'
  /** Sent to the first place only. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal
}

export type FetchResponse = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Throws AppError `body_too_large` at the first byte over, `fetch_failed` when it breaks off or takes too long. */
  readonly body: AsyncGenerator<Uint8Array>
  /** For whoever does not read the body. */
  discard(): void
}

const MAX_REDIRECTS = 3
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

/** Throws AppError `fetch_refused` for a place it will not go to, `fetch_failed` for one that does not answer. */
export async function safeFetch(request: FetchRequest, rules: FetchRules): Promise<FetchResponse> {
  const timeout = AbortSignal.timeout(rules.timeoutMs)
  const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout])
  const { method = 'GET' } = request
  let url = parseUrl(request.url)
  for (let hop = 0; ; hop++) {
    const { addresses } = await judge(url, rules, signal)
    const headers = { 'accept-encoding': 'identity', ...(hop === 0 ? request.headers : {}) }
    const sent = { url, method, headers, signal, addresses }
    const answer = await httpRequest(
      hop === 0 && request.body !== undefined ? { ...sent, body: request.body } : sent,
    ).catch((error: unknown) => {
      throw explain(error, url, timeout, rules)
    })
    const { status, body } = answer
    if (!REDIRECTS.includes(status) || method !== 'GET') {
      return {
        status,
        headers: answer.headers,
        body: readCapped(body, url, timeout, rules),
        discard: () => void body.destroy(),
      }
    }
    body.destroy()
    if (hop === MAX_REDIRECTS) throw failed(url, `redirects more than ${MAX_REDIRECTS} times`)
    const next = parseUrl(answer.headers.location ?? '', url)
    if (url.protocol === 'https:' && next.protocol !== 'https:') throw refused(next, 'leaves https')
    url = next
  }
}

/** For libraries that take a fetch of their own. The body is read whole. */
export function createSafeFetch(rules: FetchRules): (
  url: string,
  init: {
    readonly method?: string
    readonly headers?: ConstructorParameters<typeof Headers>[0]
    readonly body?: unknown
    readonly signal?: AbortSignal | null
  },
) => Promise<Response> {
  return async (url, init) => {
    const { body } = init
    const text = body instanceof URLSearchParams ? body.toString() : body
    if (text !== undefined && text !== null && typeof text !== 'string' && !(text instanceof Uint8Array)) {
      throw new TypeError('only text and bytes are sent')
    }
    const answer = await safeFetch(
      {
        url,
        method: init.method === 'POST' ? 'POST' : 'GET',
        headers: Object.fromEntries(new Headers(init.headers)),
        ...(text === undefined || text === null ? {} : { body: text }),
        ...(init.signal ? { signal: init.signal } : {}),
      },
      rules,
    )
    const chunks: Uint8Array[] = []
    for await (const chunk of answer.body) chunks.push(chunk)
    const headers = new Headers()
    for (const name of ['content-type', 'www-authenticate', 'cache-control'] as const) {
      const value = answer.headers[name]
      if (typeof value === 'string') headers.set(name, value)
    }
    const isEmpty = answer.status === 204 || answer.status === 304
    return new Response(isEmpty ? null : Buffer.concat(chunks), { status: answer.status, headers })
  }
}

/** `host:port` as the rules name it. */
export function renderPlace({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`
}

function parseUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base)
  if (url === null) throw new AppError('fetch_refused', `${show(text)} is not a URL.`)
  return url
}

async function judge(url: URL, rules: FetchRules, signal: AbortSignal): Promise<ResolvedHost> {
  const isNamed = rules.named.has(renderPlace(url))
  if (url.protocol !== 'https:' && !(isNamed && url.protocol === 'http:')) {
    throw refused(url, 'is not https')
  }
  if (url.username !== '' || url.password !== '') throw refused(url, 'carries a user name or password')
  const resolved = await resolve(url, rules, signal)
  const own = listOwnAddresses()
  for (const address of isNamed ? [] : resolved.addresses) {
    const reason = isDeniedAddress(address) ?? (own.includes(address) ? 'this machine' : null)
    if (reason !== null) throw refused(url, `leads to an address that is not public (${reason})`)
  }
  return resolved
}

/** The URL parser has already turned `2130706433` and `0x7f.1` into the address that they are. */
async function resolve(url: URL, rules: FetchRules, signal: AbortSignal): Promise<ResolvedHost> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const look = rules.resolve ?? resolveHost
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('took too long')), { once: true })
  })
  aborted.catch(() => undefined)
  try {
    signal.throwIfAborted()
    const resolved = await Promise.race([look(host), aborted])
    if (resolved.addresses.length > 0) return resolved
  } catch (error) {
    throw failed(url, 'cannot be resolved', error)
  }
  throw failed(url, 'has no address')
}

async function* readCapped(
  body: IncomingMessage,
  url: URL,
  timeout: AbortSignal,
  rules: FetchRules,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength
      if (bytes > rules.maxBytes) {
        throw new AppError('body_too_large', `${show(url.href)} sends more than ${rules.maxBytes} bytes.`, {
          details: { max_bytes: rules.maxBytes },
        })
      }
      yield chunk
    }
  } catch (error) {
    throw explain(error, url, timeout, rules)
  } finally {
    body.destroy()
  }
}

function explain(error: unknown, url: URL, timeout: AbortSignal, { timeoutMs }: FetchRules): AppError {
  if (error instanceof AppError) return error
  if (timeout.aborted) return failed(url, `was not done after ${timeoutMs / 1000} s`, error)
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  return failed(url, `does not answer${code}`, error)
}

function refused(url: URL, why: string): AppError {
  return new AppError('fetch_refused', `${show(url.href)} ${why}.`)
}

function failed(url: URL, why: string, cause?: unknown): AppError {
  return new AppError('fetch_failed', `${show(url.href)} ${why}.`, { cause })
}

/** A query may hold a signature, user information a password: neither belongs into a log. */
function show(text: string): string {
  const [visible = ''] = text.replace(/\/\/[^/@]*@/, '//').split(/[?#]/)
  return JSON.stringify(visible.slice(0, 200))
}
