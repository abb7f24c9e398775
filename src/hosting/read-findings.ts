/** What was found, with what is said against it; and the list of what no longer counts. */
import { AppError } from '../domain/error.ts'
import { compareFindings, type Finding, type Verdict } from '../domain/finding.ts'
import type { Principal } from '../domain/principal.ts'
import type { ScanReport, Suppression } from '../domain/scan-report.ts'
import type { Version } from '../domain/server.ts'
import type { HostingContext } from './context.ts'
import { findActiveSuppressions, weigh } from './judge-scan.ts'
import type { ReceivedArchive } from './ports.ts'
import { findServer } from './server-view.ts'

type JudgedFinding = { readonly finding: Finding; readonly suppression: Suppression | null }

export type VersionFindings = {
  readonly server: string
  readonly version: Version
  readonly findings: readonly JudgedFinding[]
}

export type ScannedArchive = {
  readonly report: ScanReport
  readonly verdict: Verdict
  readonly findings: readonly JudgedFinding[]
}

const DAY_MS = 86_400_000

/** @param number null: the newest version. Throws `version_not_found`. */
export async function readFindings(
  context: HostingContext,
  name: string,
  number: number | null,
): Promise<VersionFindings> {
  const server = await findServer(context, name)
  const versions = await context.versions.list(server.id)
  const version = number === null ? versions[0] : versions.find((other) => other.number === number)
  if (version === undefined) {
    throw new AppError('version_not_found', `The server "${name}" has no version ${number ?? ''}.`, {
      hint: `See haivemind versions ${name}.`,
    })
  }
  const findings = [...(await context.findings.list(version.id))].sort(compareFindings)
  return { server: name, version, findings: await judge(context, findings) }
}

/** Looks at an archive and deploys nothing; the archive is gone afterwards. Throws what `validate` throws. */
export async function scanArchive(
  context: HostingContext,
  archive: ReceivedArchive,
  signal: AbortSignal,
): Promise<ScannedArchive> {
  try {
    const report = await context.intake.scan(archive, AbortSignal.any([context.closing, signal]))
    const { verdict } = await weigh(context, report.findings)
    return { report, verdict, findings: await judge(context, report.findings) }
  } finally {
    await context.intake.discard(archive)
  }
}

async function judge(
  context: HostingContext,
  findings: readonly Finding[],
): Promise<readonly JudgedFinding[]> {
  const active = await findActiveSuppressions(context)
  return findings.map((finding) => ({ finding, suppression: active.get(finding.fingerprint) ?? null }))
}

/** From now on the finding does not count, wherever it comes up; versions that are held stay so. */
export async function suppressFinding(
  context: HostingContext,
  request: { readonly fingerprint: string; readonly reason: string; readonly days: number },
  principal: Principal,
): Promise<Suppression> {
  const now = context.clock.now()
  const suppression: Suppression = {
    fingerprint: request.fingerprint,
    reason: request.reason,
    createdBy: principal.id,
    createdAt: now,
    expiresAt: now + request.days * DAY_MS,
  }
  await context.suppressions.put(suppression)
  const { fingerprint, reason, expiresAt: until } = suppression
  context.events.emit({ type: 'finding.suppressed', fingerprint, reason, until }, principal.id)
  return suppression
}

/** Throws `suppression_not_found`. */
export async function removeSuppression(
  context: HostingContext,
  fingerprint: string,
  principal: Principal,
): Promise<void> {
  if (await context.suppressions.remove(fingerprint)) {
    context.events.emit({ type: 'finding.restored', fingerprint }, principal.id)
    return
  }
  throw new AppError('suppression_not_found', `Nothing is suppressed under ${fingerprint}.`)
}
