/** Which process of a server a request goes to. */
import type { CapabilityClass, Era, ProcessKey } from '../domain/process-key.ts'
import type { Instances, ServerTraits } from '../domain/server-traits.ts'

/** Who asks: `sessionId` for clients that hold one, null for each request of 2026-07-28 by itself. */
export type Caller = {
  readonly era: Era
  readonly capabilities: CapabilityClass
  readonly principalId: string
  readonly sessionId: string | null
}

/**
 * @param load calls that a process works on now: of a pool the least busy is taken. Who has to come back to the same
 *   process (a session, a parked call) keeps the key it got.
 */
export function chooseKey(
  traits: ServerTraits,
  caller: Caller,
  load: (key: ProcessKey) => number,
): ProcessKey {
  const era = chooseEra(traits, caller.era)
  const capabilities = era === 'modern' ? '' : caller.capabilities
  const key: ProcessKey = { era, capabilities, owner: chooseOwner(traits.instances, caller), member: 0 }
  if (typeof traits.instances === 'string') return key
  let best = key
  let least = load(key)
  for (let member = 1; member < traits.instances.pool && least > 0; member++) {
    const other = { ...key, member }
    const calls = load(other)
    if (calls < least) [best, least] = [other, calls]
  }
  return best
}

/** The key that a session had, if it may keep it: who shares a process may have been set otherwise since. */
export function fitKey(
  key: ProcessKey,
  { instances }: ServerTraits,
  caller: Pick<Caller, 'principalId' | 'sessionId'>,
): ProcessKey {
  const owner = chooseOwner(instances, caller)
  const members = typeof instances === 'string' ? 1 : instances.pool
  return key.owner === owner && key.member < members ? key : { ...key, owner, member: 0 }
}

function chooseEra({ eras, upstreamEra }: ServerTraits, client: Era): Era {
  const wanted = upstreamEra === 'match' ? client : upstreamEra
  return eras.includes(wanted) ? wanted : (eras[0] ?? 'legacy')
}

function chooseOwner(
  instances: Instances,
  { principalId, sessionId }: Pick<Caller, 'principalId' | 'sessionId'>,
): string | null {
  if (instances === 'per_principal') return principalId
  return instances === 'per_session' ? sessionId : null
}
