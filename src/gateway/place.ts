/** Which of a hosted server's doors a request came to, or that of the hub. */
import { AppError } from '../domain/error.ts'
import { HUB_PATH } from '../domain/hub.ts'

/** `mcp` and `hub` are Streamable HTTP; the other two are the halves of HTTP+SSE. */
const METHODS = {
  mcp: ['POST', 'GET', 'DELETE'],
  hub: ['POST', 'GET', 'DELETE'],
  sse: ['GET'],
  messages: ['POST'],
} as const

export type Place = { readonly server: string; readonly door: keyof typeof METHODS }

const PREFIX = '/servers/'
/** What stands for a name where there is none. */
const HUB: Place = { server: 'hub', door: 'hub' }

/** The server's name in `/servers/{name}/mcp`, whatever it is; null for other paths. */
export function parsePlace(url: string): Place | null {
  if (!url.startsWith(PREFIX)) return isHub(url) ? HUB : null
  const query = url.indexOf('?')
  const path = query < 0 ? url : url.slice(0, query)
  const slash = path.indexOf('/', PREFIX.length)
  if (slash <= PREFIX.length) return null
  const door = path.slice(slash + 1)
  return isDoor(door) ? { server: path.slice(PREFIX.length, slash), door } : null
}

function isHub(url: string): boolean {
  return url === HUB_PATH || url.startsWith(`${HUB_PATH}?`)
}

function isDoor(text: string): text is Place['door'] {
  return text === 'mcp' || text === 'sse' || text === 'messages'
}

/** Both halves of HTTP+SSE are one resource, named by the URL that a client is given. */
export function renderPlace({ server, door }: Place): string {
  if (door === 'hub') return HUB_PATH
  return `${PREFIX}${server}/${door === 'mcp' ? 'mcp' : 'sse'}`
}

/** The error with the methods that are served there; null when the method is one of them. */
export function findMethodFault(
  method: string | undefined,
  { door }: Place,
): { readonly error: AppError; readonly allow: string } | null {
  const served: readonly string[] = METHODS[door]
  if (method !== undefined && served.includes(method)) return null
  const allow = served.join(', ')
  return { error: new AppError('method_not_allowed', `This MCP endpoint takes ${allow} only.`), allow }
}
