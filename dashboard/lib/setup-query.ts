import { queryOptions } from '@tanstack/react-query'
import type { SetupStateJson } from '../../src/api/schema/people.ts'
import { api } from './api.ts'

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: ({ signal }) => api<SetupStateJson>('/setup', { signal }),
})
