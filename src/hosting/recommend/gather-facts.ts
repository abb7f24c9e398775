/** What the store knows of servers, as the rules read it. */
import type { CallStep } from '../../domain/call-figures.ts'
import type { DailyProfile } from '../../domain/sample.ts'
import type { Server, ServerConfig } from '../../domain/server.ts'
import { isLiving } from '../../domain/server-state.ts'
import {
  DAY_MS,
  RECENT_DAYS,
  type HostFacts,
  type ServerFacts,
} from '../../insight/recommend/server-facts.ts'
import type { HostingContext } from '../context.ts'
import { stateOf } from '../run-server.ts'
import { buildEffectiveConfig } from '../server-view.ts'

const HOUR_MS = 3_600_000
const CALL_DAYS = 7
const HOURS_A_DAY = 24
/** `efficient` remembers that long. */
const KILL_DAYS = 30

export type GatheredServer = {
  readonly server: Server
  readonly config: ServerConfig
  readonly facts: ServerFacts
  readonly profiles: readonly DailyProfile[]
}

/** Servers without a version have no settings to judge. */
export async function gatherServers(
  context: HostingContext,
  servers: readonly Server[],
): Promise<readonly GatheredServer[]> {
  const gathered: GatheredServer[] = []
  const versions = await context.versions.findEach(
    servers.flatMap(({ activeVersion }) => activeVersion ?? []),
  )
  for (const server of servers) {
    const version = server.activeVersion === null ? undefined : versions.get(server.activeVersion)
    if (version === undefined) continue
    const config = buildEffectiveConfig(version.config, server.overrides)
    const profiles = await context.samples.daily(
      server.id,
      Math.floor(context.clock.now() / DAY_MS) - KILL_DAYS,
    )
    gathered.push({ server, config, profiles, facts: await gatherFacts(context, server, config, profiles) })
  }
  return gathered
}

async function gatherFacts(
  context: HostingContext,
  server: Server,
  config: ServerConfig,
  profiles: readonly DailyProfile[],
): Promise<ServerFacts> {
  const now = context.clock.now()
  const today = Math.floor(now / DAY_MS)
  const full = profiles.filter((profile) => profile.full && today - profile.day <= RECENT_DAYS)
  const since = (today - CALL_DAYS) * DAY_MS
  const steps = await context.calls.steps(server.id, since)
  const days = [...new Set(full.map(({ day }) => day))].filter((day) => day * DAY_MS >= since)
  const state = stateOf(context, server)
  const { lastExit } = state
  const growth = context.growth.of(server.id)
  return {
    name: server.name,
    config,
    profiles,
    kills: await context.kills.list(server.id, now - KILL_DAYS * DAY_MS),
    hours: listHours(steps, days),
    calls: sumCalls(steps, now - CALL_DAYS * DAY_MS),
    lastExit: lastExit === null ? null : { class: lastExit.class, at: lastExit.at, detail: lastExit.detail },
    isDown: server.desired === 'running' && !isLiving(state),
    growing: growth?.level === 'incident' ? growth : null,
  }
}

/** Those of days that were seen in full: an hour without a call is one in which nobody called. */
function listHours(steps: readonly CallStep[], days: readonly number[]): ServerFacts['hours'] {
  const hours = new Map<number, number>()
  for (const { at, calls } of steps) {
    const hour = at - (at % HOUR_MS)
    hours.set(hour, (hours.get(hour) ?? 0) + calls)
  }
  return days.flatMap((day) =>
    Array.from({ length: HOURS_A_DAY }, (_, hour) => {
      const at = day * DAY_MS + hour * HOUR_MS
      return { at, calls: hours.get(at) ?? 0 }
    }),
  )
}

/** Whole steps: the one in which `since` lies counts. */
function sumCalls(steps: readonly CallStep[], since: number): ServerFacts['calls'] {
  const sum = { all: 0, timeouts: 0, refused: 0 }
  for (const { at, step, calls, timeouts, refused } of steps) {
    if (at < since - (since % step)) continue
    sum.all += calls
    sum.timeouts += timeouts
    sum.refused += refused
  }
  return sum
}

export function gatherHost({ clock, settings, host }: HostingContext, tier: HostFacts['tier']): HostFacts {
  const { capMib, callTimeout } = settings.advice
  return {
    now: clock.now(),
    tier,
    capMib,
    millicores: host.millicores,
    cpuPressure: host.readCpuPressure(),
    callTimeout,
  }
}
