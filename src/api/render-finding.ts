import type { Review, ScanReport, Suppression } from '../domain/scan-report.ts'
import { countSeverities } from '../domain/scan-report.ts'
import type { Version } from '../domain/server.ts'
import type { ReceivedArchive } from '../hosting/ports.ts'
import type { ScannedArchive, VersionFindings } from '../hosting/read-findings.ts'
import type { ServerSecurity } from '../hosting/security-overview.ts'
import { renderSarif } from './render-sarif.ts'
import { renderTime } from './schema/common.ts'
import type {
  FindingJson,
  FindingListJson,
  ReviewJson,
  ScanJson,
  SecurityListJson,
  SuppressionJson,
} from './schema/finding.ts'

type JudgedFinding = VersionFindings['findings'][number]

export function renderVerdict({ scan }: Pick<Version, 'scan'>): FindingListJson['verdict'] {
  return scan === null ? 'not_scanned' : scan.verdict
}

export function renderReview(review: Review | null): ReviewJson | null {
  if (review === null) return null
  if (review.state === 'pending') return { state: 'pending', by: null, reason: null, at: null }
  return { state: 'approved', by: review.by, reason: review.reason, at: renderTime(review.at) }
}

function renderFinding({ finding, suppression }: JudgedFinding): FindingJson {
  const { ruleId, layer, severity, confidence, file, line, reason, fix, cwe, excerpt, fingerprint } = finding
  return {
    rule_id: ruleId,
    layer,
    severity,
    confidence,
    file,
    line,
    reason,
    fix,
    cwe,
    excerpt,
    fingerprint,
    suppressed: suppression && {
      reason: suppression.reason,
      by: suppression.createdBy,
      until: renderTime(suppression.expiresAt),
    },
  }
}

export function renderFindingList({ server, version, findings }: VersionFindings): FindingListJson {
  return {
    server,
    version: version.number,
    verdict: renderVerdict(version),
    rule_set: version.scan?.ruleSet ?? null,
    source_hash: version.scan?.sourceHash ?? null,
    review: renderReview(version.review),
    items: findings.map(renderFinding),
  }
}

export function renderSecurity(items: readonly ServerSecurity[]): SecurityListJson {
  return {
    items: items.map(({ server, version, drifted }) => ({
      server,
      version: version.number,
      verdict: renderVerdict(version),
      counts: version.scan && { ...version.scan.counts },
      review: renderReview(version.review),
      drifted,
    })),
  }
}

/** "weather version 3: review, waits for approval; 1 high, 2 low; 1 definition changed". */
export function describeSecurity(item: SecurityListJson['items'][number]): string {
  const { server, version, verdict, counts, review, drifted } = item
  const found = Object.entries(counts ?? {}).filter(([, count]) => count > 0)
  const parts = [
    `${server} version ${version}: ${verdict === 'not_scanned' ? 'not scanned' : verdict}` +
      (review?.state === 'pending' ? ', waits for approval' : ''),
    found.map(([severity, count]) => `${count} ${severity}`).join(', '),
    drifted === 0 ? '' : `${drifted} definition${drifted === 1 ? '' : 's'} changed`,
  ]
  return parts.filter((part) => part !== '').join('; ')
}

function renderInventory({ inventory }: ScanReport): ScanJson['inventory'] {
  const { files, bytes, languages, manifests, nativeBinaries, nestedArchives, parsed } = inventory
  return {
    files,
    bytes,
    languages: { ...languages },
    manifests: [...manifests],
    native_binaries: nativeBinaries,
    nested_archives: nestedArchives,
    parsed,
  }
}

export function renderScan(
  { report, verdict, findings }: ScannedArchive,
  archive: ReceivedArchive,
  options: { readonly sarif: boolean; readonly platformVersion: string },
): ScanJson {
  const items = findings.map(renderFinding)
  return {
    verdict,
    rule_set: report.ruleSet,
    source_hash: report.sourceHash,
    archive: { bytes: archive.bytes, sha256: archive.hash },
    inventory: renderInventory(report),
    counts: countSeverities(
      findings.filter(({ suppression }) => suppression === null).map(({ finding }) => finding),
    ),
    items,
    sarif: options.sarif ? renderSarif({ items, verdict, ruleSet: report.ruleSet, ...options }) : null,
  }
}

/** @param now milliseconds since the epoch. */
export function renderSuppression(suppression: Suppression, now: number): SuppressionJson {
  const { fingerprint, reason, createdBy, createdAt, expiresAt } = suppression
  return {
    fingerprint,
    reason,
    created_by: createdBy,
    created_at: renderTime(createdAt),
    expires_at: renderTime(expiresAt),
    expired: expiresAt <= now,
  }
}
