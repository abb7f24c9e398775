import type { Access } from '../access/open-access.ts'
import type { AuditLog, AuditNotes, AuditReader } from '../domain/audit.ts'
import type { Backups } from '../domain/backup.ts'
import type { EndpointTrial } from '../domain/clients/connect-test.ts'
import type { Clock } from '../domain/clock.ts'
import type { AppError } from '../domain/error.ts'
import type { Explanation } from '../domain/explanation.ts'
import type { Incident } from '../domain/incident.ts'
import type { Recommendation } from '../domain/recommendation.ts'
import type { EmbeddingStatus } from '../domain/meaning.ts'
import type { Json } from '../domain/json.ts'
import type { Notifications } from '../domain/notification.ts'
import type { Memories } from '../domain/memory.ts'
import type { IncidentBook } from '../hosting/incidents/incident-book.ts'
import type { MemoryExchange } from '../domain/memory-change.ts'
import type { MemoryPeers } from '../domain/memory-peers.ts'
import type { Hosting } from '../hosting/hosting.ts'
import type { ApiMetrics } from './api-metrics.ts'
import type { ApiLimits } from './api-limits.ts'
import type { ConfigReloadJson } from './schema/config.ts'
import type { SystemJson } from './schema/platform.ts'
import type { DashboardFiles } from './serve-dashboard.ts'

export type ApiDeps = {
  readonly hosting: Hosting
  readonly access: Access
  readonly limits: ApiLimits
  /** Open event streams of one principal, and in all. */
  readonly maxStreams: { readonly perPrincipal: number; readonly total: number }
  readonly backups: Backups
  readonly notifications: Notifications
  readonly memories: Memories
  readonly explain: (incident: Incident, asksModel: boolean) => Promise<Explanation>
  readonly explainAdvice: (server: string, item: Recommendation, asksModel: boolean) => Promise<Explanation>
  readonly incidents: Pick<IncidentBook, 'find' | 'list'>
  readonly peers: MemoryPeers
  /** Null: memories are found by words alone. */
  readonly embeddings: () => Promise<EmbeddingStatus | null>
  readonly exchange: MemoryExchange
  readonly audit: AuditLog & AuditReader
  readonly notes: AuditNotes
  readonly clock: Clock
  /** Null: it is switched off, or was not built. */
  readonly dashboard: DashboardFiles | null
  /** As clients reach the platform, without a slash at the end: `http://127.0.0.1:8910`. */
  readonly baseUrl: string
  readonly version: string
  readonly maxUploadBytes: () => number
  /** The bytes behind a URL that a caller named, checked and capped (`fetch_refused`, `fetch_failed`). */
  readonly openArchive: (url: string, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>
  /** As a client would, from here, in both generations of the protocol. Never rejects. */
  readonly tryEndpoint: (url: string, token: string) => Promise<EndpointTrial>
  readonly createRequestId: () => string
  /** Unguessable: MCP sessions, nonces of pages. */
  readonly createSessionId: () => string
  /** Refuses a Host or Origin that is not served here (`host_refused`, `origin_refused`). */
  readonly checkHost: (request: Request) => AppError | null
  /** Found by trying; what `doctor` shows. */
  readonly readSystem: () => Promise<SystemJson>
  /** The file systems that the platform's folders lie on, each once. */
  readonly readDisks: () => Promise<
    readonly { readonly path: string; readonly freeBytes: number; readonly sizeBytes: number }[]
  >
  /** The last lines of the platform's own log, masked. */
  readonly readLog: () => readonly string[]
  /** In force, key by key, without secrets. */
  readonly readConfig: () => readonly { readonly key: string; readonly value: Json }[]
  /** @param actor who asked */
  readonly reloadConfig: (actor: string) => Promise<ConfigReloadJson>
  readonly isReady: () => boolean
  readonly metrics: ApiMetrics
  /** False: its folders cannot be written or have no room; it goes on and refuses changes. */
  readonly isWritable: () => boolean
  /** A defect: logged whole, shown as `internal`. */
  readonly onDefect: (error: unknown, requestId: string) => void
  /** Aborts when the platform stops: open streams end. */
  readonly closing: AbortSignal
}
