/** How long the stages of a deployment take at most: whatever works in one ends by its own deadline before that. */
import type { Operation, Stage } from '../domain/deployment.ts'
import type { HostingContext } from './context.ts'

/** Seconds, as the operator set them. */
export type StageDeadlines = {
  readonly scan: number
  readonly install: number
  /** 0: there is none. */
  readonly dryRun: number
}

/** Unpacking for a look, and taking the hashes of what was unpacked. */
const READ_SECONDS = 120
/** Answers to `tools/list`, and a moment for the question which revisions it speaks. */
const VERIFY_SECONDS = 35
/** What ends a stage from inside takes its time too. */
const GRACE_SECONDS = 5
/** Before the version has said its own. */
const USUAL_START_SECONDS = 30

/** One that goes on for longer is stuck: then only a person ends it. Null: it is over before anybody can see it. */
export function limitStages(
  deadlines: StageDeadlines,
  startTimeoutSeconds: number | null,
): Readonly<Record<Stage, number | null>> {
  const start = startTimeoutSeconds ?? USUAL_START_SECONDS
  return {
    receive: null,
    validate: READ_SECONDS + GRACE_SECONDS,
    scan: READ_SECONDS + deadlines.scan + GRACE_SECONDS,
    unpack: READ_SECONDS + GRACE_SECONDS,
    install: deadlines.install + GRACE_SECONDS,
    // A server that turns down `initialize` is started a second time, to see whether it speaks what has none.
    start: Math.min(deadlines.dryRun, start) + 2 * start + GRACE_SECONDS,
    verify: VERIFY_SECONDS + GRACE_SECONDS,
  }
}

export async function readStageLimits(
  { versions, settings }: Pick<HostingContext, 'versions' | 'settings'>,
  { versionId }: Pick<Operation, 'versionId'>,
): Promise<Readonly<Record<Stage, number | null>>> {
  const version = versionId === null ? null : await versions.find(versionId)
  return limitStages(settings.stages, version?.config.startTimeoutSeconds ?? null)
}
