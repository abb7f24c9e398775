/** What is brought up and looked at: a server itself, or a version that is tried beside the one that serves. */
import type { JsonObject } from '../domain/json.ts'
import type { Principal } from '../domain/principal.ts'
import type { InstanceFacts, Server } from '../domain/server.ts'
import type { ServerState } from '../domain/server-state.ts'
import type { HostingContext } from './context.ts'
import type { EraLesson } from './learn-eras.ts'
import type { TriedVersion } from './ports.ts'
import { waitUntilSettled, waitUntilTried } from './run-server.ts'

export interface StartSubject {
  start(actor: string): Promise<void>
  settled(signal?: AbortSignal): Promise<ServerState>
  facts(): InstanceFacts | null
  learnEras(): Promise<EraLesson>
  /** See the era learner. */
  learnFromRefusal(): Promise<boolean>
  /** Through the relay that clients use, so that it proves what a client will see. */
  listTools(signal: AbortSignal): Promise<readonly JsonObject[]>
}

export function buildServerSubject(
  context: HostingContext,
  { id, name }: Pick<Server, 'id' | 'name'>,
): StartSubject {
  const { supervision, eras, tools } = context
  return {
    start: async (actor) => void (await supervision.start(id, actor)),
    settled: (signal) => waitUntilSettled(context, id, signal),
    facts: () => supervision.facts(id),
    learnEras: () => eras.learn(id),
    learnFromRefusal: () => eras.learnFromRefusal(id),
    listTools: (signal) => tools.list(name, buildPlatform(name), signal),
  }
}

export function buildTriedSubject(
  context: HostingContext,
  { name }: Pick<Server, 'name'>,
  tried: TriedVersion,
): StartSubject {
  const { eras, tools } = context
  return {
    start: (actor) => tried.start(actor),
    settled: (signal) => waitUntilTried(context, tried, signal),
    facts: () => tried.facts(),
    learnEras: () => eras.learnBeside(tried),
    learnFromRefusal: () => eras.learnBesideFromRefusal(tried),
    listTools: (signal) => tools.listBeside(name, tried.versionId, buildPlatform(name), signal),
  }
}

function buildPlatform(server: string): Principal {
  return { id: 'platform', kind: 'platform', name: 'platform', grants: [`mcp:call:${server}`] }
}
