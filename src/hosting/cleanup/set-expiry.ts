import type { Server } from '../../domain/server.ts'
import type { HostingContext } from '../context.ts'
import { announceStep } from './archive-server.ts'

/** When a server ends; undefined: as before. What is less than a day away is told at once. */
export async function setExpiry(
  context: HostingContext,
  { id }: Pick<Server, 'id'>,
  expiresAt: number | null | undefined,
): Promise<void> {
  if (expiresAt === undefined) return
  const server = await context.servers.find(id)
  if (server === null) return
  const lifetime = { ...server.lifetime, expiresAt, announcedAt: null }
  await context.servers.update(id, { lifetime })
  await announceStep(context, { ...server, lifetime }, context.clock.now())
}
