import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ServerJson, ServerPatchedJson } from '../../../src/api/schema/server.ts'
import { readDescription, send } from '../../lib/api.ts'
import { serverQuery } from '../../lib/queries.ts'
import type { Schema, SchemaObject } from '../../lib/schema-form/schema.ts'
import { nest, readSettings, type Edits, type Settings } from './settings.ts'

/** The settings, and the mark by which the platform knows whether they are still those. */
export type Known = {
  readonly server: ServerJson
  readonly settings: Settings
  readonly tag: string
}

const pathOf = (name: string) => `/servers/${encodeURIComponent(name)}`

async function readKnown(response: Response, server: ServerJson): Promise<Known> {
  return { server, settings: readSettings(server), tag: response.headers.get('etag') ?? '' }
}

/** Apart from the live server: what somebody edits must not change under their hands without a word. */
export function useSettings(name: string) {
  return useQuery({
    queryKey: ['settings-of', name],
    async queryFn({ signal }) {
      const response = await send(pathOf(name), { signal })
      return readKnown(response, (await response.json()) as ServerJson)
    },
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnMount: 'always',
  })
}

export function useSave(name: string) {
  const client = useQueryClient()
  return useMutation({
    // What is given may hold values that nobody is to see again.
    gcTime: 0,
    async mutationFn({ edits, tag }: { readonly edits: Edits; readonly tag: string }) {
      const response = await send(pathOf(name), {
        method: 'PATCH',
        json: nest(edits),
        headers: { 'if-match': tag },
      })
      const body = (await response.json()) as ServerPatchedJson
      return { ...body, known: await readKnown(response, body.server) }
    },
    onSuccess({ server, known }) {
      client.setQueryData(['settings-of', name], known)
      client.setQueryData(serverQuery(name).queryKey, server)
    },
  })
}

/** What a change may be, in the platform's own description of itself: one truth for its bounds. */
export function usePatchSchema() {
  return useQuery({
    queryKey: ['patch-schema'],
    async queryFn({ signal }): Promise<Schema> {
      const document = (await readDescription(signal)) as {
        readonly paths: Readonly<
          Record<
            string,
            {
              readonly patch?: {
                readonly requestBody: {
                  readonly content: Readonly<Record<string, { readonly schema: SchemaObject }>>
                }
              }
            }
          >
        >
      }
      return (
        document.paths['/api/v1/servers/{name}']?.patch?.requestBody.content['application/json']?.schema ??
        true
      )
    },
    staleTime: Infinity,
  }).data
}
