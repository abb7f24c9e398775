/** What clients connect to: one server, all of them behind one endpoint, or the platform's own tools. */
import { HUB_PATH } from '../hub.ts'
import type { ConnectTarget } from './client.ts'

type Platform = {
  /** As clients reach it, without a slash at the end. */
  readonly baseUrl: string
  readonly canSignIn: boolean
}

/** Under these names clients keep them; a server of the same name would be another entry of theirs. */
export const ENDPOINT_NAMES = { hub: 'haivemind-hub', platform: 'haivemind' } as const
export type Endpoint = keyof typeof ENDPOINT_NAMES

export function buildServerTarget(
  { name, description }: { readonly name: string; readonly description: string },
  { baseUrl, canSignIn }: Platform,
): ConnectTarget {
  return {
    name,
    title: name,
    description: description === '' ? `The server ${name} of hAIveMind Hosting` : description,
    url: `${baseUrl}/servers/${name}/mcp`,
    platformUrl: baseUrl,
    bridge: [name],
    canSignIn,
  }
}

/** @param chosen of the servers behind the hub these alone; none: all that the token may use */
export function buildEndpointTarget(
  endpoint: Endpoint,
  { baseUrl, canSignIn }: Platform,
  chosen: readonly string[] = [],
): ConnectTarget {
  const about = {
    hub: { title: 'All servers', description: 'All servers of hAIveMind Hosting behind one endpoint' },
    platform: { title: 'hAIveMind Hosting', description: 'The tools that manage hAIveMind Hosting' },
  }[endpoint]
  const hub = `${HUB_PATH}${chosen.length === 0 ? '' : `?servers=${chosen.join(',')}`}`
  return {
    ...about,
    name: ENDPOINT_NAMES[endpoint],
    url: `${baseUrl}${endpoint === 'hub' ? hub : '/mcp'}`,
    platformUrl: baseUrl,
    bridge: [`--${endpoint}`],
    canSignIn,
  }
}
