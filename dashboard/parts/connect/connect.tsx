/** From "it runs" to "it is used": choose a client, give it a token and the endpoint, see it come. */
import { useState } from 'react'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ClientListJson } from '../../../src/api/schema/clients.ts'
import type { Grant } from '../../../src/domain/principal.ts'
import { useUrlState } from '../../lib/search.ts'
import { Badge } from '../badge.tsx'
import { CodeBlock } from '../code-block.tsx'
import { Skeleton } from '../skeleton.tsx'
import { Arrivals } from './arrivals.tsx'
import { ClientPicker } from './client-picker.tsx'
import { ClientSetup } from './client-setup.tsx'
import { orderClients } from './order-clients.ts'
import { TestCard } from './test-card.tsx'
import { TokenCard, type Shown } from './token-card.tsx'
import { CONNECT_WORDS } from './words.ts'

export function Connect({
  query,
  server,
  grants,
  tools,
}: {
  readonly query: UseQueryResult<ClientListJson>
  /** Null: the hub. */
  readonly server: string | null
  /** What a token for it needs, and no more. */
  readonly grants: readonly Grant[]
  readonly tools: number | null
}) {
  const [{ client, q }, set] = useUrlState({ client: '', q: '' })
  const [shown, setShown] = useState<Shown | null>(null)
  const all = query.data?.items ?? []
  const chosen = all.find(({ id }) => id === client) ?? orderClients(all, '')[0] ?? null
  return (
    <div className="flex flex-col gap-4">
      <Endpoint list={query.data} isPending={query.isPending} />
      <Arrivals server={server} tools={tools} />
      <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-[16rem_minmax(0,1fr)]">
        <ClientPicker
          query={query}
          clients={orderClients(all, q)}
          chosen={chosen?.id ?? null}
          search={q}
          onSearch={(text) => set({ q: text })}
          onChoose={(id) => set({ client: id }, 'push')}
        />
        {chosen !== null && query.data !== undefined && (
          <div className="flex min-w-0 flex-col gap-4">
            {chosen.disabled === null && (
              <TokenCard
                client={chosen}
                target={query.data.name}
                grants={grants}
                variable={query.data.token_variable}
                shown={shown}
                onShown={setShown}
              />
            )}
            <ClientSetup client={chosen} token={shown?.token ?? null} />
            {server !== null && <TestCard server={server} />}
          </div>
        )}
      </div>
    </div>
  )
}

/** That it cannot be read is said by the list of clients, which comes in the same answer. */
function Endpoint({
  list,
  isPending,
}: {
  readonly list: ClientListJson | undefined
  readonly isPending: boolean
}) {
  if (list === undefined) return isPending ? <Skeleton className="h-9 w-full" /> : null
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <div className="min-w-0 flex-1 basis-72">
        <CodeBlock code={list.endpoint} what={CONNECT_WORDS.endpoint.toLowerCase()} />
      </div>
      <Badge tone={list.reach === 'public' ? 'good' : 'idle'}>{CONNECT_WORDS.reach[list.reach]}</Badge>
    </div>
  )
}
