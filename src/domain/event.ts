/**
 * What happened, once: audit, event stream and metrics read these and nothing else.
 * Names are outward (docs/events.md); no field ever holds a secret, an environment value or tool arguments.
 */
import type { DefinitionChange, DefinitionKind } from './definition.ts'
import type { OperationStatus, Stage, StageStatus } from './deployment.ts'
import type { Verdict } from './finding.ts'
import type { ExitClass } from './exit-class.ts'
import type { IncidentKind } from './incident.ts'
import type { IncidentId, OperationId, RecommendationId, ServerId, TokenId, UserId, VersionId } from './id.ts'
import type { Severity } from './memory.ts'
import type { Resource, Setting, Tier } from './recommendation.ts'
import type { Role } from './role.ts'
import type { SeverityCounts } from './scan-report.ts'
import type { ExitCause, Health, ServerStatus } from './server-state.ts'

/** What became of advice on a setting; `reason` is one sentence. */
type Advice = {
  readonly recommendationId: RecommendationId
  readonly resource: Resource
  readonly from: Setting
  readonly to: Setting
  readonly tier: Tier
  /** From 0 to 1. */
  readonly confidence: number
  readonly reason: string
}
type ServerRef = { readonly serverId: ServerId; readonly server: string }
type IncidentRef = ServerRef & {
  readonly incidentId: IncidentId
  readonly kind: IncidentKind
  readonly severity: Severity
  /** One sentence. */
  readonly title: string
  /** How often it happened so far. */
  readonly occurrences: number
}

export type PlatformEvent =
  | {
      readonly type: 'platform.started'
      readonly generation: number
      readonly adopted: number
      readonly reaped: number
    }
  | { readonly type: 'platform.stopping' }
  | ({ readonly type: 'server.created' } & ServerRef)
  | ({ readonly type: 'server.updated'; readonly changed: readonly string[] } & ServerRef)
  | ({ readonly type: 'server.deleted' } & ServerRef)
  | ({
      readonly type: 'server.status'
      readonly status: ServerStatus
      readonly reason: string
      readonly cause: ExitCause | null
      readonly class: ExitClass | null
      readonly attempt: number
      readonly nextTry: number | null
      /** Of an end for lack of memory: the limit that it met. */
      readonly memoryMb?: number
    } & ServerRef)
  | ({
      /** As `server.status`, of one of a server's other processes. */
      readonly type: 'server.process'
      readonly process: string
      readonly status: ServerStatus
      readonly reason: string
      readonly cause: ExitCause | null
      readonly class: ExitClass | null
      readonly attempt: number
      readonly nextTry: number | null
      readonly memoryMb?: number
    } & ServerRef)
  | ({ readonly type: 'server.health'; readonly health: Health; readonly reason: string | null } & ServerRef)
  | ({
      /** Calls are refused since a process does not answer; or, `closed`, it does again. */
      readonly type: 'server.breaker'
      readonly state: 'open' | 'closed'
      readonly process: string
      readonly failures: number
    } & ServerRef)
  | ({ readonly type: 'server.adopted'; readonly pid: number } & ServerRef)
  | ({
      /** Refusals since the place was last told, at most once a minute. */
      readonly type: 'egress.denied'
      readonly host: string
      readonly port: number
      readonly reason: string
      readonly count: number
    } & ServerRef)
  | ({ readonly type: 'egress.new_host'; readonly host: string; readonly port: number } & ServerRef)
  | ({ readonly type: 'version.created'; readonly versionId: VersionId; readonly number: number } & ServerRef)
  | ({
      /** Another version serves again: an earlier one, or one that had been left. */
      readonly type: 'version.rolled_back'
      readonly from: number
      readonly to: number
      readonly reason: string
      /** `platform`, or who asked. */
      readonly by: string
    } & ServerRef)
  | {
      readonly type: 'deploy.stage'
      readonly operationId: OperationId
      readonly server: string
      readonly stage: Stage
      readonly status: StageStatus
      readonly note: string | null
    }
  | {
      readonly type: 'deploy.ended'
      readonly operationId: OperationId
      readonly server: string
      readonly status: OperationStatus
      readonly code: string | null
    }
  | {
      /** What the scan of an archive came to, whether or not it came in; `skipped` where none is asked for. */
      readonly type: 'scan.ended'
      readonly operationId: OperationId
      /** Empty: neither the request nor, until then, the archive had named it. */
      readonly server: string
      readonly verdict: Verdict | 'skipped'
      readonly counts: SeverityCounts
      /** Of what counted, worst first, each once, at most ten. */
      readonly rules: readonly string[]
      /** A review is asked for, and was given with the archive. */
      readonly approved: boolean
    }
  | {
      readonly type: 'finding.suppressed'
      readonly fingerprint: string
      readonly reason: string
      readonly until: number
    }
  | { readonly type: 'finding.restored'; readonly fingerprint: string }
  | {
      readonly type: 'token.created'
      readonly tokenId: TokenId
      readonly name: string
      readonly grants: readonly string[]
    }
  | { readonly type: 'token.revoked'; readonly tokenId: TokenId; readonly name: string }
  | { readonly type: 'user.created'; readonly userId: UserId; readonly name: string; readonly role: Role }
  | {
      readonly type: 'user.updated'
      readonly userId: UserId
      readonly name: string
      readonly changed: readonly string[]
    }
  | { readonly type: 'user.removed'; readonly userId: UserId; readonly name: string }
  | ({ readonly type: 'version.held'; readonly versionId: VersionId; readonly number: number } & ServerRef)
  | ({
      readonly type: 'version.approved'
      readonly versionId: VersionId
      readonly number: number
    } & ServerRef)
  | ({
      readonly type: 'version.deleted'
      readonly versionId: VersionId
      readonly number: number
    } & ServerRef)
  | ({
      readonly type: 'tool.drift'
      readonly versionId: VersionId
      readonly kind: DefinitionKind
      readonly name: string
      readonly change: DefinitionChange['change']
      readonly fields: readonly string[]
      readonly withheld: boolean
    } & ServerRef)
  | ({ readonly type: 'pins.accepted'; readonly versionId: VersionId; readonly changes: number } & ServerRef)
  | ({ readonly type: 'secret.set'; readonly secret: string; readonly version: number } & ServerRef)
  | ({ readonly type: 'secret.removed'; readonly secret: string } & ServerRef)
  | { readonly type: 'secrets.key_rotated'; readonly keyId: string; readonly secrets: number }
  | ({
      /** A day ahead, of a server that is to be archived or, archived, to go for good. */
      readonly type: 'server.expiring'
      readonly step: 'archive' | 'purge'
      readonly dueAt: number
      readonly why: string
    } & ServerRef)
  | ({ readonly type: 'server.archived'; readonly why: string; readonly until: number } & ServerRef)
  | ({ readonly type: 'server.restored' } & ServerRef)
  | ({ readonly type: 'server.purged' } & ServerRef)
  | {
      /** Bytes that came free; things that went, and that could not. */
      readonly type: 'cleanup.done'
      readonly bytes: number
      readonly items: number
      readonly failed: number
    }
  | { readonly type: 'backup.created'; readonly name: string; readonly kind: 'manual' | 'automatic' }
  | {
      readonly type: 'backup.failed'
      readonly name: string
      readonly error: string
      /** Absent of those of before it was kept. */
      readonly code?: string
    }
  | {
      /** It was gone or damaged, and was made anew from the manifests beside the stored versions. */
      readonly type: 'database.rebuilt'
      readonly why: string
      readonly servers: number
      readonly held: readonly string[]
      readonly lost: readonly string[]
    }
  | {
      /** It was not as it was written: these servers are as their manifests say, or stopped for want of one. */
      readonly type: 'database.repaired'
      readonly restored: readonly string[]
      readonly doubtful: readonly string[]
    }
  | {
      /** Keys of the configuration, as `gateway.call_timeout`. */
      readonly type: 'config.reloaded'
      readonly applied: readonly string[]
      readonly needsRestart: readonly string[]
    }
  | { readonly type: 'config.refused'; readonly reason: string }
  | {
      /** An MCP client began. Names are the client's own. */
      readonly type: 'client.connected'
      /** Null: at one of the platform's own endpoints. */
      readonly server: string | null
      readonly endpoint: 'server' | 'hub' | 'platform'
      readonly client: string
      readonly version: string
      readonly protocolVersion: string
    }
  | ({
      readonly type: 'limit.raised'
      readonly limit: 'memory_mb'
      readonly from: number
      readonly to: number
      readonly why: string
    } & ServerRef)
  | ({ readonly type: 'incident.opened' } & IncidentRef)
  /** It got worse, or came again. */
  | ({ readonly type: 'incident.updated' } & IncidentRef)
  | ({ readonly type: 'incident.resolved' } & IncidentRef)
  | ({ readonly type: 'recommendation.made' } & Advice & ServerRef)
  | ({
      /** `inPlace`: in force already; until then what gets worse takes it back. */
      readonly type: 'recommendation.applied'
      readonly inPlace: boolean
      readonly watchedUntil: number
    } & Advice &
      ServerRef)
  | ({ readonly type: 'recommendation.confirmed' } & Advice & ServerRef)
  | ({ readonly type: 'recommendation.reverted' } & Advice & ServerRef)
  | ({ readonly type: 'recommendation.dismissed' } & Advice & ServerRef)
  | ({ readonly type: 'recommendation.expired' } & Advice & ServerRef)

/** A record, so that the compiler misses none. */
const TYPES: Readonly<Record<PlatformEvent['type'], true>> = {
  'platform.started': true,
  'platform.stopping': true,
  'server.created': true,
  'server.updated': true,
  'server.deleted': true,
  'server.status': true,
  'server.process': true,
  'server.health': true,
  'server.breaker': true,
  'server.adopted': true,
  'egress.denied': true,
  'egress.new_host': true,
  'version.created': true,
  'version.rolled_back': true,
  'deploy.stage': true,
  'deploy.ended': true,
  'scan.ended': true,
  'finding.suppressed': true,
  'finding.restored': true,
  'token.created': true,
  'token.revoked': true,
  'user.created': true,
  'user.updated': true,
  'user.removed': true,
  'version.held': true,
  'version.approved': true,
  'version.deleted': true,
  'tool.drift': true,
  'pins.accepted': true,
  'secret.set': true,
  'secret.removed': true,
  'secrets.key_rotated': true,
  'cleanup.done': true,
  'backup.created': true,
  'backup.failed': true,
  'database.rebuilt': true,
  'database.repaired': true,
  'config.reloaded': true,
  'config.refused': true,
  'server.expiring': true,
  'server.archived': true,
  'server.restored': true,
  'server.purged': true,
  'limit.raised': true,
  'incident.opened': true,
  'incident.updated': true,
  'incident.resolved': true,
  'client.connected': true,
  'recommendation.made': true,
  'recommendation.applied': true,
  'recommendation.confirmed': true,
  'recommendation.reverted': true,
  'recommendation.dismissed': true,
  'recommendation.expired': true,
}
/** The outward names, for schemas and for the page that explains them. */
export const EVENT_TYPES = Object.keys(TYPES) as PlatformEvent['type'][]

export type EventRecord = {
  /** Rising, over restarts of the daemon. */
  readonly id: number
  /** Milliseconds since the epoch. */
  readonly time: number
  /** A principal's id, or `platform`. */
  readonly actor: string
  readonly event: PlatformEvent
}

/** Where every part says what happened. Never throws, never blocks: storing it is the other side's business. */
export interface EventSink {
  emit(event: PlatformEvent, actor?: string): void
}
