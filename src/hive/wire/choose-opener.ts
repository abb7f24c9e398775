/** How a peer is reached: Streamable HTTP first, and the transport before it where that is not there (B1). */
import type { HiveSettings } from '../ports.ts'
import { createHttpOpener } from './open-http-wire.ts'
import { createSseOpener } from './open-sse-wire.ts'
import { createStdioOpener } from './open-stdio-wire.ts'
import type { OpenWire } from './wire.ts'

/** In the order in which they are tried. */
export function buildOpeners(
  { place }: Pick<HiveSettings, 'place'>,
  environment: Readonly<Record<string, string>>,
): readonly OpenWire[] {
  if (place.kind === 'stdio') return [createStdioOpener(place.command, environment)]
  const { url, readToken } = place
  const bare = new URL(url).pathname === '/'
  const at = (path: string) => (bare || path === '/sse' ? new URL(path, url).href : url)
  const sse = createSseOpener(place.kind === 'sse' && !bare ? url : at('/sse'), readToken)
  return place.kind === 'sse' ? [sse] : [createHttpOpener(at('/mcp'), readToken), sse]
}
