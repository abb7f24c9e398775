import { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import type { Hosting } from '../../hosting/hosting.ts'

/** `server_id` is what the tools of this name have always taken; `name` is what the rest of the platform says. */
export const serverInput = z.strictObject({
  server_id: z.string().max(100).optional().describe('The name or the id (srv_…) of the server'),
  name: z.string().max(100).optional().describe('The name of the server; the same as server_id'),
})

/** The server's name. */
export async function resolveServer(
  hosting: Hosting,
  { server_id, name }: { readonly server_id?: string | undefined; readonly name?: string | undefined },
): Promise<string> {
  const given = server_id ?? name
  if (given === undefined || (name !== undefined && server_id !== undefined && name !== server_id)) {
    throw new AppError('invalid_request', 'Give the server as server_id or as name, and only one.')
  }
  if (!given.startsWith('srv_')) return given
  const found = (await hosting.list()).find(({ server }) => server.id === given)
  if (found === undefined) throw new AppError('server_not_found', `There is no server "${given}".`)
  return found.server.name
}
