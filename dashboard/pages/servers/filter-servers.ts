/** Which servers are shown, in which order: pure, so that it is quick and can be tested. */
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { STATUS_WORDS } from '../../lib/words.ts'

export type Filter = {
  readonly q: string
  readonly status: string
  readonly language: string
  readonly tag: string
  readonly tier: string
  /** A column, with `-` before it for the other way round. */
  readonly sort: string
}

export const NO_FILTER: Filter = { q: '', status: '', language: '', tag: '', tier: '', sort: 'name' }
/** A status of this page alone: whatever a person should look at. */
export const ATTENTION = 'attention'

function needsAttention({ status, health, breaker }: ServerJson): boolean {
  return status === 'backoff' || status === 'failed' || health === 'unhealthy' || breaker !== null
}

export function filterServers(servers: readonly ServerJson[], filter: Filter): readonly ServerJson[] {
  const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean)
  const found = servers.filter((server) => {
    if (filter.status === ATTENTION ? !needsAttention(server) : !isOrAny(filter.status, server.status))
      return false
    if (!isOrAny(filter.language, server.runtime)) return false
    if (filter.tag !== '' && !server.tags.includes(filter.tag)) return false
    if (!isOrAny(filter.tier, server.instance?.tier ?? null)) return false
    if (words.length === 0) return true
    const text = `${server.name} ${server.description} ${server.tags.join(' ')}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  return sortServers(found, filter.sort)
}

function isOrAny(wanted: string, value: string | null): boolean {
  return wanted === '' || wanted === value
}

type Key = (server: ServerJson) => number | string
const STATUS_ORDER = ['failed', 'backoff', 'starting', 'stopping', 'running', 'stopped']
const KEYS: Readonly<Record<string, Key>> = {
  name: ({ name }) => name,
  status: ({ status, health }) => STATUS_ORDER.indexOf(status) - (health === 'unhealthy' ? 3.5 : 0),
  language: ({ runtime }) => runtime ?? '',
  version: ({ version }) => version ?? 0,
  uptime: ({ uptime_seconds }) => uptime_seconds ?? -1,
  restarts: ({ restarts }) => restarts,
  cpu: ({ usage }) => usage?.cpu_percent ?? -1,
  memory: ({ usage }) => usage?.memory_bytes ?? -1,
}
export const SORTABLE = Object.keys(KEYS)

function sortServers(servers: readonly ServerJson[], sort: string): readonly ServerJson[] {
  const isDescending = sort.startsWith('-')
  const key = KEYS[isDescending ? sort.slice(1) : sort] ?? KEYS['name']!
  const sign = isDescending ? -1 : 1
  return servers.toSorted((left, right) => {
    const [a, b] = [key(left), key(right)]
    const order = a < b ? -1 : a > b ? 1 : 0
    return order === 0 ? left.name.localeCompare(right.name) : order * sign
  })
}

/** "status failed, tag demo, text “weather”"; null while nothing is filtered. */
export function describeFilter({ q, status, language, tag, tier }: Filter): string | null {
  const parts = [
    status === ATTENTION
      ? 'needs attention'
      : status !== '' && `status ${STATUS_WORDS[status as keyof typeof STATUS_WORDS] ?? status}`,
    language !== '' && `language ${language}`,
    tag !== '' && `tag ${tag}`,
    tier !== '' && `isolation ${tier}`,
    q.trim() !== '' && `text “${q.trim()}”`,
  ].filter((part) => part !== false)
  return parts.length === 0 ? null : parts.join(', ')
}

/** What there is to choose from, with the choice that holds even where nothing has it any more. */
export function listChoices(
  servers: readonly ServerJson[],
  read: (server: ServerJson) => readonly string[],
  chosen: string,
) {
  const found = new Set(servers.flatMap(read))
  if (chosen !== '') found.add(chosen)
  return [...found].toSorted()
}
