import type { JailPlace } from '../ports.ts'
import { FILE_HOSTS } from './public-sources.ts'

/** A place that packages come from, as an address without credentials. */
export type SourceUrl = {
  readonly url: string
  /** Where the job must get to; none for `file:`. */
  readonly reach: readonly JailPlace[]
  /** The host's directory, for `file:`. */
  readonly directory: string | null
  /** There were credentials in the address; they are not passed on. */
  readonly hadCredentials: boolean
}

/** Null when it is no http, https or file address and no absolute path. */
export function parseSourceUrl(text: string): SourceUrl | null {
  if (text.startsWith('/')) return { url: text, reach: [], directory: text, hadCredentials: false }
  const url = URL.parse(text)
  if (url === null) return null
  if (url.protocol === 'file:') {
    return { url: text, reach: [], directory: decodeURIComponent(url.pathname), hadCredentials: false }
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null
  const hadCredentials = url.username !== '' || url.password !== ''
  url.username = ''
  url.password = ''
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  const hosts = [url.hostname, FILE_HOSTS[url.hostname]].filter((host) => host !== undefined)
  return {
    url: url.href,
    reach: hosts.map((host) => ({ host, port })),
    directory: null,
    hadCredentials,
  }
}
