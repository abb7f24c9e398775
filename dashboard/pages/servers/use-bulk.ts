/** One thing done to many servers: a few at a time, and each with an outcome of its own. */
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { api, toApiError } from '../../lib/api.ts'
import { deleteServer, runVerb } from '../../lib/server-verbs.ts'

export type BulkVerb = 'start' | 'stop' | 'restart' | 'tag' | 'delete'
export type BulkItem = {
  readonly name: string
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
  readonly text: string | null
}
export type Bulk = { readonly verb: BulkVerb; readonly items: readonly BulkItem[] }

/** Starting takes memory and processor: not all at once. */
const AT_ONCE = 4

export async function runEach(
  names: readonly string[],
  act: (name: string) => Promise<unknown>,
  tell: (change: BulkItem) => void,
): Promise<void> {
  const rest = [...names]
  const work = async () => {
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      const one = name
      tell({ name: one, state: 'running', text: null })
      await act(one).then(
        () => tell({ name: one, state: 'done', text: null }),
        (error: unknown) => tell({ name: one, state: 'failed', text: toApiError(error).message }),
      )
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

export function useBulk() {
  const client = useQueryClient()
  const [bulk, setBulk] = useState<Bulk | null>(null)
  const run = useCallback(
    async (verb: BulkVerb, servers: readonly ServerJson[], tag = '') => {
      const byName = new Map(servers.map((server) => [server.name, server]))
      const names = [...byName.keys()]
      setBulk({ verb, items: names.map((name) => ({ name, state: 'waiting', text: null })) })
      const act = (name: string) => {
        if (verb === 'delete') return deleteServer(name, true)
        if (verb !== 'tag') return runVerb(name, verb)
        const tags = [...new Set([...(byName.get(name)?.tags ?? []), tag])]
        return api(`/servers/${encodeURIComponent(name)}`, { method: 'PATCH', json: { tags } })
      }
      await runEach(names, act, (change) =>
        setBulk((before) =>
          before === null
            ? before
            : { ...before, items: before.items.map((item) => (item.name === change.name ? change : item)) },
        ),
      )
      await client.invalidateQueries({ queryKey: ['servers'] })
    },
    [client],
  )
  return { bulk, run, close: () => setBulk(null) }
}
