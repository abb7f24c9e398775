/** How far somebody has come with a new platform, from what it knows itself. */
import type { EventJson } from '../../../src/api/schema/event.ts'
import type { StatsJson } from '../../../src/api/schema/platform.ts'

export const STEPS = ['claim', 'deploy', 'run', 'token', 'call'] as const
export type Step = (typeof STEPS)[number]

export function findDone(
  { servers, calls_last_hour }: Pick<StatsJson, 'servers' | 'calls_last_hour'>,
  events: readonly Pick<EventJson, 'type'>[],
  tokens: number,
): ReadonlySet<Step> {
  const has = (type: EventJson['type']) => events.some((event) => event.type === type)
  const isRunning = (servers.by_status.running ?? 0) > 0
  const isCalled = calls_last_hour.total > 0 || has('client.connected')
  const facts: Readonly<Record<Step, boolean>> = {
    // Somebody is signed in.
    claim: true,
    deploy: servers.total > 0,
    run: isRunning || isCalled,
    token: tokens > 0 || has('token.created') || isCalled,
    call: isCalled,
  }
  return new Set(STEPS.filter((step) => facts[step]))
}
