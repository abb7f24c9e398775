/** From what a version says of itself to whether anybody gets to see it. */
import type { Definition } from '../domain/definition.ts'
import type { Finding } from '../domain/finding.ts'
import type { VersionId } from '../domain/id.ts'
import type { HostingContext } from './context.ts'
import type { Subject } from './definition-book.ts'
import { weigh } from './judge-scan.ts'

type JudgeDeps = Pick<
  HostingContext,
  | 'clock'
  | 'events'
  | 'findings'
  | 'intake'
  | 'servers'
  | 'settings'
  | 'supervision'
  | 'suppressions'
  | 'versions'
>

/**
 * The first look at a running version. False: the version is held, and its instance ended, until a person has read
 * what was found. An approval covers what was known when it was given, not what shows up later.
 */
export async function judgeDefinitions(
  deps: JudgeDeps,
  { version, server }: Subject,
  definitions: readonly Definition[],
): Promise<boolean> {
  const findings = await deps.intake.lintMetadata(definitions)
  if (!(await asksForReview(deps, version.id, findings))) return true
  const { id: versionId, serverId, number } = version
  await deps.versions.setReview(versionId, { state: 'pending' })
  deps.events.emit({ type: 'version.held', serverId, server, versionId, number })
  // Another version may be active by now: then there is nothing of this one to end.
  if ((await deps.servers.find(serverId))?.activeVersion !== versionId) return false
  await deps.servers.update(serverId, { desired: 'stopped', updatedAt: deps.clock.now() })
  await deps.supervision.stop(serverId, 'platform')
  return false
}

/** Keeps the findings of the version; says whether those that are new hold it. */
async function asksForReview(
  deps: JudgeDeps,
  versionId: VersionId,
  findings: readonly Finding[],
): Promise<boolean> {
  const known = new Set((await deps.findings.list(versionId)).map(({ fingerprint }) => fingerprint))
  const fresh = findings.filter(({ fingerprint }) => !known.has(fingerprint))
  if (fresh.length === 0) return false
  await deps.findings.add(versionId, fresh)
  if (deps.settings.scan.onReview === 'allow') return false
  return (await weigh(deps, fresh)).verdict !== 'pass'
}

/** Was it found wanting when it ran? */
export async function wasHeld(context: HostingContext, versionId: VersionId): Promise<boolean> {
  return (await context.versions.find(versionId))?.review?.state === 'pending'
}
