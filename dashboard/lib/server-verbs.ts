/** What people do to a server; each is done when the platform says what came of it. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ServerJson } from '../../src/api/schema/server.ts'
import { api } from './api.ts'
import { serverQuery } from './queries.ts'

export type Verb = 'start' | 'stop' | 'restart' | 'rollback'

export function runVerb(name: string, verb: Verb): Promise<ServerJson> {
  return api<ServerJson>(`/servers/${encodeURIComponent(name)}/${verb}`, { json: {} })
}

export function deleteServer(name: string, force: boolean): Promise<unknown> {
  return api(`/servers/${encodeURIComponent(name)}`, { method: 'DELETE', query: { force } })
}

export function useVerb(name: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (verb: Verb) => runVerb(name, verb),
    onSuccess: (server) => client.setQueryData(serverQuery(name).queryKey, server),
    onSettled: () => client.invalidateQueries({ queryKey: ['servers'] }),
  })
}
