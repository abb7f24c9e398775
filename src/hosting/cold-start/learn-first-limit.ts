/** At a deployment that says nothing of memory: a limit from what servers like it needed, and from its own history. */
import type { DailyProfile } from '../../domain/sample.ts'
import { DEFAULT_LIMITS } from '../../domain/server.ts'
import { describeFirstLimit } from '../../insight/cold-start/describe-limit.ts'
import { predictLimit } from '../../insight/cold-start/predict-limit.ts'
import type { Row } from '../../insight/cold-start/row.ts'
import { decideMemory } from '../../insight/recommend/decide-memory.ts'
import { TIER_RULES } from '../../insight/recommend/memory-tiers.ts'
import type { HostingContext } from '../context.ts'
import type { Deployment } from '../deploy-server.ts'
import type { Installed } from '../ports.ts'

const MIB = 1024 ** 2
const DAY_MS = 86_400_000
/** A row is the highest peak of so many days. */
const FIRST_DAYS = 7
/** Ten seconds each: below an hour a server was hardly seen. */
const LEAST_STEPS = 360
/** So many days of its own say it all. */
const OWN_DAYS = 3
const STEP_MIB = 8

type Context = Pick<HostingContext, 'servers' | 'versions' | 'samples' | 'clock' | 'onDefect'>

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
    const { rows, own } = await readHistory(context, name)
    const foreseen = predictLimit({ ...shape, runtime }, rows)
    const first = foreseen.kind === 'learned' ? foreseen.mib : DEFAULT_LIMITS.memoryMb
    const { mib: memoryMb, note } = handOver(first, own, context.clock.now())
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

/** Its own days count more and more, and after three they alone. Pure. */
export function handOver(
  firstMib: number,
  own: readonly DailyProfile[],
  now: number,
): { readonly mib: number; readonly note: string } {
  const days = own.filter(({ full }) => full).length
  if (days === 0) return { mib: firstMib, note: '' }
  const history = {
    peaks: own.map(({ id, day, memoryPeak, full }) => ({ id, day, full, mib: memoryPeak / MIB })),
    kills: own.flatMap(({ id, kills }) =>
      kills.map(({ at, limitBytes }) => ({ id, at: at / DAY_MS, limitMib: limitBytes / MIB })),
    ),
  }
  const decision = decideMemory(history, TIER_RULES.balanced, { now: now / DAY_MS, capMib: Infinity })
  if (decision === undefined) return { mib: firstMib, note: '' }
  const share = Math.min(1, days / OWN_DAYS)
  const blended = (1 - share) * firstMib + share * decision.limitMib
  const mib = Math.ceil(blended / STEP_MIB) * STEP_MIB
  const percent = Math.round(100 * share)
  return { mib, note: `; ${mib} MiB with ${percent} % of its own ${days} days (${decision.limitMib} MiB)` }
}

async function readHistory(
  { servers, versions, samples }: Context,
  name: string,
): Promise<{ readonly rows: readonly Row[]; readonly own: readonly DailyProfile[] }> {
  const rows: Row[] = []
  let own: readonly DailyProfile[] = []
  const all = (await servers.list()).toSorted((a, b) => b.createdAt - a.createdAt)
  for (const server of all) {
    const profiles = await samples.daily(server.id)
    if (server.name === name) {
      own = profiles
      continue
    }
    const peakMib = findPeak(profiles)
    const version = server.activeVersion === null ? null : await versions.find(server.activeVersion)
    const { shape, runtime } = version?.detection ?? {}
    if (peakMib === null || shape === undefined || runtime === undefined) continue
    const { dependencies, family } = shape
    rows.push({ server: server.name, runtime, dependencies, family, peer: null, peakMib })
  }
  return { rows, own }
}

function findPeak(profiles: readonly DailyProfile[]): number | null {
  const first = Math.min(...profiles.map(({ day }) => day))
  const counted = profiles.filter(({ day }) => day < first + FIRST_DAYS)
  const steps = counted.reduce((sum, profile) => sum + profile.steps, 0)
  return steps < LEAST_STEPS ? null : Math.max(...counted.map(({ memoryPeak }) => memoryPeak)) / MIB
}
