import { useQuery } from '@tanstack/react-query'
import type { ClientListJson } from '../../../src/api/schema/clients.ts'
import { api } from '../../lib/api.ts'
import { useUrlState } from '../../lib/search.ts'
import { Connect } from '../../parts/connect/connect.tsx'
import { Page as Frame } from '../../parts/page.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { parseChoice } from './build-offer.ts'
import { Offer } from './offer.tsx'
import { HUB_WORDS } from './words.ts'

export function Page() {
  const [{ tab, servers }, set] = useUrlState({ tab: 'offer', servers: '' })
  const chosen = parseChoice(servers)
  const list = chosen.join(',')
  const clients = useQuery({
    queryKey: ['hub', 'clients', list],
    queryFn: ({ signal }) => api<ClientListJson>('/hub/clients', { query: { servers: list }, signal }),
    staleTime: 60_000,
  })
  const grants = chosen.length === 0 ? ['mcp:call'] : chosen.map((name) => `mcp:call:${name}`)
  return (
    <Frame title={HUB_WORDS.title} description={HUB_WORDS.text}>
      <Tabs
        label={HUB_WORDS.tabs.label}
        value={tab === 'connect' ? 'connect' : 'offer'}
        onChange={(value) => set({ tab: value }, 'push')}
        tabs={[
          {
            value: 'offer',
            label: HUB_WORDS.tabs.offer,
            content: (
              <Offer
                endpoint={clients}
                chosen={chosen}
                onChoose={(names) => set({ servers: names.join(',') })}
              />
            ),
          },
          {
            value: 'connect',
            label: HUB_WORDS.tabs.connect,
            content: <Connect query={clients} server={null} grants={grants} tools={null} />,
          },
        ]}
      />
    </Frame>
  )
}
