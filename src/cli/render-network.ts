/** The network of a server, for reading. */
import type { ServerJson } from '../api/schema/server.ts'
import { formatBytes } from './humanise.ts'

/** As it was started; of one that does not run: as it will be. */
export function renderNetwork({ instance, settings }: ServerJson): string {
  // Nothing holds a plain process to its places.
  if (instance?.enforcement.net.level === 'none') return "the host's, not contained"
  const places = instance?.egress ?? (settings.allowed_network ? settings.egress : [])
  return places.length === 0 ? 'none' : places.join(', ')
}

const SHOWN_PLACES = 10

export function renderReached(egress: ServerJson['egress']): string {
  const reached = egress.filter(({ connections }) => connections > 0)
  return renderSome(reached, ({ host, port, bytes_sent, bytes_received }) => {
    return `${host}:${port} (${formatBytes(bytes_sent)} out, ${formatBytes(bytes_received)} in)`
  })
}

export function renderRefused(egress: ServerJson['egress']): string {
  const refused = egress.filter((place) => place.refused > 0)
  return renderSome(
    refused,
    (place) => `${place.host}:${place.port} (${place.refused}×: ${place.last_reason})`,
  )
}

function renderSome<T>(items: readonly T[], render: (item: T) => string): string {
  const rest = items.length - SHOWN_PLACES
  return [...items.slice(0, SHOWN_PLACES).map(render), ...(rest > 0 ? [`${rest} more`] : [])].join(', ')
}
