/** The dry run of an installed version, and what becomes of it by what was seen. */
import { buildDryRunFindings, type DryRunReport } from '../domain/dry-run.ts'
import { AppError } from '../domain/error.ts'
import type { Finding } from '../domain/finding.ts'
import { addCounts, countSeverities, type Review } from '../domain/scan-report.ts'
import type { Version } from '../domain/server.ts'
import type { HostingContext } from './context.ts'
import type { Deployment } from './deploy-server.ts'
import { buildBlocked, decideReview, weigh, type Judgement } from './judge-scan.ts'
import type { Installed } from './ports.ts'

export type Trial = {
  readonly findings: readonly Finding[]
  readonly review: Review | null
  /** `host:port` that it asked for. */
  readonly places: readonly string[]
}

const UNTRIED: Trial = { findings: [], review: null, places: [] }

/**
 * Throws AppError `scan_blocked`. A dry run that cannot be made is told and holds up nothing: the version runs in the
 * same sandbox, and what it says of itself is looked at then.
 */
export async function tryVersion(
  context: HostingContext,
  { recorder, request, principal }: Deployment,
  installed: Installed,
): Promise<Trial> {
  if (context.dryRuns === null) return UNTRIED
  recorder.stage('start', 'running', 'dry run')
  if (installed.config.transport === 'http') {
    recorder.log('start', 'dry run: not made: only servers that speak over stdio are tried')
    return UNTRIED
  }
  const signal = AbortSignal.any([context.closing, recorder.cancelled])
  let report: DryRunReport
  try {
    report = await context.dryRuns.run(installed, signal)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    recorder.log('start', `dry run: not made: ${error.message}`)
    return UNTRIED
  }
  signal.throwIfAborted()
  for (const line of describeDryRun(report)) recorder.log('start', `dry run: ${line}`)
  const findings = [
    ...buildDryRunFindings(report),
    ...(await context.intake.lintMetadata(report.definitions)),
  ]
  const { verdict, counted } = await weigh(context, findings)
  if (verdict === 'block') throw buildBlocked(counted)
  const approval = request.approve === undefined ? null : { reason: request.approve, by: principal }
  return { findings, review: decideReview(context, verdict, approval), places: report.places }
}

/** What a version keeps of both looks. */
export function joinLooks(judgement: Judgement | null, trial: Trial): Pick<Version, 'scan' | 'review'> {
  const reviews = [judgement?.review ?? null, trial.review]
  const review = reviews.find((each) => each?.state === 'pending') ?? reviews.find(Boolean) ?? null
  if (judgement === null) return { scan: null, review }
  const verdict = trial.review === null ? judgement.scan.verdict : 'review'
  const counts = addCounts(judgement.scan.counts, countSeverities(trial.findings))
  return { scan: { ...judgement.scan, verdict, counts }, review }
}

/** For the log of the stage. */
function describeDryRun({ outcome, detail, seconds, places, leaks, read, programs }: DryRunReport): string[] {
  return [
    `${outcome} after ${seconds.toFixed(2)} s${detail === null ? '' : `: ${detail}`}`,
    ...(places.length === 0 ? [] : [`asked for ${places.join(', ')}; "egress" would open them`]),
    ...(read === null ? ['this file system does not tell which files are read'] : []),
    ...(read ?? []).map((file) => `read ${file}, which was bait`),
    ...leaks.map(({ bait, way, where }) => `${way} ${bait}, which was bait: ${where}`),
    ...programs.map((program) => `started ${program}`),
  ]
}
