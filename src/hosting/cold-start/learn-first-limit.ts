/** At a deployment that says nothing of memory: a limit from what servers like it needed, and from its own history. */
import type { DailyProfile } from '../../domain/sample.ts'
import { DEFAULT_LIMITS } from '../../domain/server.ts'
import { describeFirstLimit } from '../../insight/cold-start/describe-limit.ts'
import { predictLimit } from '../../insight/cold-start/predict-limit.ts'
import { readPeerRows } from '../../insight/cold-start/read-peer-rows.ts'
import type { Row } from '../../insight/cold-start/row.ts'
import { buildMemoryHistory } from '../../insight/recommend/build-history.ts'
import { decideMemory } from '../../insight/recommend/decide-memory.ts'
import { TIER_RULES } from '../../insight/recommend/memory-tiers.ts'
import type { HostingContext } from '../context.ts'
import type { Deployment } from '../deploy-server.ts'
import { askOthers, type OthersDeps } from '../others/ask-others.ts'
import type { Installed, MemoryKills } from '../ports.ts'

const MIB = 1024 ** 2
const DAY_MS = 86_400_000
/** A row is the highest peak of so many days. */
const FIRST_DAYS = 7
/** Ten seconds each: below an hour a server was hardly seen. */
const LEAST_STEPS = 360
/** So many days of its own say it all. */
const OWN_DAYS = 3
const STEP_MIB = 8
/** So long a kill is remembered. */
const KILL_DAYS = 14
const RULE = TIER_RULES.balanced

type Kills = Awaited<ReturnType<MemoryKills['list']>>
type Context = Pick<HostingContext, 'servers' | 'versions' | 'samples' | 'kills' | 'onDefect'> & OthersDeps
/** A question of so many names finds what is like it. */
const ASKED_DEPENDENCIES = 6

/** What cannot be learned holds up no deployment: then the default stands. */
export async function learnFirstLimit<T extends Installed>(
  context: Context,
  { recorder }: Pick<Deployment, 'recorder'>,
  installed: T,
): Promise<T> {
  const { detection, config } = installed
  const { shape, runtime } = detection
  if (shape === undefined || shape.isMemorySet) return installed
  const { server: name, id } = recorder.current()
  try {
    const { rows, own, kills } = await readHistory(context, name)
    const asked = ['profile', runtime, ...shape.dependencies.slice(0, ASKED_DEPENDENCIES)]
    const told = readPeerRows(await askOthers(context, asked.join(' '), 'monitoring'))
    const foreseen = predictLimit({ ...shape, runtime }, [...rows, ...told])
    const first = foreseen.kind === 'learned' ? foreseen.mib : DEFAULT_LIMITS.memoryMb
    const { mib: memoryMb, note } = handOver(first, { own, kills }, context.clock.now())
    const said = describeFirstLimit(foreseen, DEFAULT_LIMITS.memoryMb) + note
    recorder.log('start', said)
    return {
      ...installed,
      config: { ...config, limits: { ...config.limits, memoryMb } },
      detection: { ...detection, reasons: [...detection.reasons, said] },
    }
  } catch (error) {
    context.onDefect(error, id)
    return installed
  }
}

/** Its own days count more and more, and after three they alone. It is never given what it was killed at. Pure. */
export function handOver(
  firstMib: number,
  { own, kills }: { readonly own: readonly DailyProfile[]; readonly kills: Kills },
  now: number,
): { readonly mib: number; readonly note: string } {
  const history = buildMemoryHistory(own, kills)
  const decision = decideMemory(history, RULE, { now: now / DAY_MS, capMib: Infinity })
  if (decision === undefined) return { mib: firstMib, note: '' }
  const days = history.peaks.filter(({ full }) => full).length
  const share = Math.min(1, days / OWN_DAYS)
  const blended = (1 - share) * firstMib + share * decision.limitMib
  const { demand } = decision
  const isKill = demand !== undefined && demand.mib > blended
  const mib = Math.ceil((isKill ? demand.mib : blended) / STEP_MIB) * STEP_MIB
  const percent = Math.round(100 * share)
  const ofDays = days === 0 ? '' : ` with ${percent} % of its own ${days} days (${decision.limitMib} MiB)`
  const ofKill = isKill ? ` since it was killed for lack of memory at ${demand.kill.limitMib} MiB` : ''
  return { mib, note: days === 0 && !isKill ? '' : `; ${mib} MiB${ofDays}${ofKill}` }
}

async function readHistory(
  { servers, versions, samples, kills, clock }: Context,
  name: string,
): Promise<{ readonly rows: readonly Row[]; readonly own: readonly DailyProfile[]; readonly kills: Kills }> {
  const rows: Row[] = []
  let own: readonly DailyProfile[] = []
  let ownKills: Kills = []
  const all = (await servers.list()).toSorted((a, b) => b.createdAt - a.createdAt)
  for (const server of all) {
    const profiles = await samples.daily(server.id)
    if (server.name === name) {
      own = profiles
      ownKills = await kills.list(server.id, clock.now() - KILL_DAYS * DAY_MS)
      continue
    }
    const peakMib = findPeak(profiles, await kills.list(server.id, 0))
    const version = server.activeVersion === null ? null : await versions.find(server.activeVersion)
    const { shape, runtime } = version?.detection ?? {}
    if (peakMib === null || shape === undefined || runtime === undefined) continue
    const { dependencies, family } = shape
    rows.push({ server: server.name, runtime, dependencies, family, peer: null, peakMib })
  }
  return { rows, own, kills: ownKills }
}

/** What ended for lack of memory needed more than it had: its peak says the limit, and nothing of the need. */
function findPeak(profiles: readonly DailyProfile[], kills: Kills): number | null {
  const first = Math.min(...profiles.map(({ day }) => day))
  const isCounted = (day: number) => day < first + FIRST_DAYS
  const counted = profiles.filter(({ day }) => isCounted(day))
  const steps = counted.reduce((sum, profile) => sum + profile.steps, 0)
  if (steps < LEAST_STEPS) return null
  const early = kills.filter(({ at }) => isCounted(Math.floor(at / DAY_MS)))
  return Math.max(
    ...counted.map(({ memoryPeak }) => memoryPeak / MIB),
    ...early.map(({ memoryMb }) => RULE.afterKill * memoryMb),
  )
}
