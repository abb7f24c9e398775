/** From a scan's findings to what becomes of a version: policy, suppressions, and an approval given beforehand. */
import { AppError } from '../domain/error.ts'
import { decideVerdict, type Finding, type Verdict } from '../domain/finding.ts'
import type { OperationId } from '../domain/id.ts'
import type { Principal } from '../domain/principal.ts'
import {
  countSeverities,
  describeCounts,
  type Review,
  type ScanReport,
  type Suppression,
  type VersionScan,
} from '../domain/scan-report.ts'
import type { HostingContext } from './context.ts'

export type Judgement = {
  readonly scan: VersionScan
  readonly review: Review | null
  readonly findings: readonly Finding[]
}

/** How many findings an error carries. */
const SHOWN = 20
/** And an event. */
const TOLD = 10

/** An approval that came with the upload. */
export type Approval = { readonly reason: string; readonly by: Principal }

/** Throws AppError `scan_blocked`; nobody can approve that, only suppress what is wrong. */
export async function judgeScan(
  context: HostingContext,
  report: ScanReport,
  approval: Approval | null,
  of: { readonly operationId: OperationId; readonly server: string; readonly actor: string },
): Promise<Judgement> {
  const { verdict, counted } = await weigh(context, report.findings)
  const { actor, ...about } = of
  context.events.emit(
    {
      type: 'scan.ended',
      ...about,
      verdict,
      counts: countSeverities(counted),
      rules: [...new Set(counted.map(({ ruleId }) => ruleId))].slice(0, TOLD),
      approved: verdict === 'review' && approval !== null,
    },
    actor,
  )
  if (verdict === 'block') throw buildBlocked(counted)
  const { sourceHash, ruleSet, findings } = report
  return {
    scan: { verdict, sourceHash, ruleSet, counts: countSeverities(counted) },
    review: decideReview(context, verdict, approval),
    findings,
  }
}

/** The verdict on what no suppression takes out. */
export async function weigh(
  context: Pick<HostingContext, 'suppressions' | 'clock' | 'settings'>,
  findings: readonly Finding[],
): Promise<{ readonly verdict: Verdict; readonly counted: readonly Finding[] }> {
  const active = await findActiveSuppressions(context)
  const counted = findings.filter(({ fingerprint }) => !active.has(fingerprint))
  return { verdict: decideVerdict(counted, context.settings.scan.policy), counted }
}

export async function findActiveSuppressions(
  context: Pick<HostingContext, 'suppressions' | 'clock'>,
): Promise<ReadonlyMap<string, Suppression>> {
  const now = context.clock.now()
  const all = await context.suppressions.list()
  return new Map(
    all.filter(({ expiresAt }) => expiresAt > now).map((entry) => [entry.fingerprint, entry] as const),
  )
}

/** What holds a version of this verdict; null: nothing. */
export function decideReview(
  context: HostingContext,
  verdict: Verdict,
  approval: Approval | null,
): Review | null {
  if (verdict === 'pass' || context.settings.scan.onReview === 'allow') return null
  if (approval === null) return { state: 'pending' }
  return { state: 'approved', by: approval.by.id, reason: approval.reason, at: context.clock.now() }
}

export function buildBlocked(findings: readonly Finding[]): AppError {
  const [worst] = findings
  const what = worst === undefined ? '' : `: ${worst.ruleId}${placeOf(worst)}: ${worst.reason}`
  return new AppError('scan_blocked', `The scan found ${describeCounts(countSeverities(findings))}${what}`, {
    details: {
      verdict: 'block',
      findings: findings.slice(0, SHOWN).map(({ ruleId, file, line, reason, fix, fingerprint }) => ({
        rule_id: ruleId,
        file,
        line,
        reason,
        fix,
        fingerprint,
      })),
    },
  })
}

function placeOf({ file, line }: Finding): string {
  if (file === null) return ''
  return ` (${file}${line === null ? '' : `:${line}`})`
}

/** For the stage's note. */
export function describeJudgement({ scan, review }: Judgement): string {
  const found = `${scan.verdict}: ${describeCounts(scan.counts)} found`
  if (review === null) return found
  return review.state === 'pending' ? `${found}; held until approved` : `${found}; approved beforehand`
}
