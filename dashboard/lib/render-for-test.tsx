import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render } from '@testing-library/react'
import { Tooltip } from 'radix-ui'
import type { ReactElement } from 'react'
import { ME, type Me } from './me.ts'

/** A part by itself, in front of somebody with these scopes. */
export function renderPart(part: ReactElement, scopes: readonly string[] = ['admin', 'mcp:call']) {
  const client = new QueryClient()
  const me: Me = { id: 'usr_1', kind: 'user', name: 'ada', role: 'admin', scopes }
  client.setQueryData(ME.queryKey, me)
  return render(
    <QueryClientProvider client={client}>
      <Tooltip.Provider>{part}</Tooltip.Provider>
    </QueryClientProvider>,
  )
}
