/** The clients of a target as they are chosen from. */
import type { ClientListJson } from '../../../src/api/schema/clients.ts'

export type Client = ClientListJson['items'][number]

/** Those asked for most come first from the platform; what cannot work is below what can. */
export function orderClients(items: readonly Client[], search: string): readonly Client[] {
  const text = search.trim().toLowerCase()
  const found = items.filter(({ id, title }) => `${title} ${id}`.toLowerCase().includes(text))
  return [
    ...found.filter(({ disabled }) => disabled === null),
    ...found.filter(({ disabled }) => disabled !== null),
  ]
}

export function findWays({ links, commands, files, steps }: Client) {
  const has = { links, commands, files }
  const ways = (['links', 'commands', 'files'] as const).filter((way) => has[way].length > 0)
  return ways.length > 0 ? ways : steps.length > 0 ? (['steps'] as const) : []
}
