import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ServerJson } from '../../src/api/schema/server.ts'
import { serverQuery } from './queries.ts'

/** Of the page below `/servers/{name}`. */
export function useServerName(): string {
  const { name = '' } = useParams({ strict: false }) as { readonly name?: string }
  return name
}

/** The server of the page; null while it loads. The frame around it shows what went wrong. */
export function useServer(): ServerJson | null {
  return useQuery(serverQuery(useServerName())).data ?? null
}
