import { useQuery } from '@tanstack/react-query'
import type { ClientListJson } from '../../../src/api/schema/clients.ts'
import type { ToolStateListJson } from '../../../src/api/schema/tool.ts'
import { api } from '../../lib/api.ts'
import { useServerName } from '../../lib/use-server.ts'
import { Connect } from '../../parts/connect/connect.tsx'

export function Page() {
  const name = useServerName()
  const path = `/servers/${encodeURIComponent(name)}`
  const clients = useQuery({
    queryKey: ['server', name, 'clients'],
    queryFn: ({ signal }) => api<ClientListJson>(`${path}/clients`, { signal }),
    staleTime: 60_000,
  })
  const tools = useQuery({
    queryKey: ['server', name, 'tool-states'],
    queryFn: ({ signal }) => api<ToolStateListJson>(`${path}/tool-states`, { signal }),
  })
  const visible = tools.data?.items.filter(({ hidden, change }) => !hidden && change !== 'removed').length
  // Of another server: no client has come yet, and no token is shown.
  return (
    <Connect key={name} query={clients} server={name} grants={[`mcp:call:${name}`]} tools={visible ?? null} />
  )
}
