/** What the gateway needs from others. */
import type { CallOutcome } from '../domain/call-outcome.ts'
import type { Definition, DefinitionKind } from '../domain/definition.ts'
import type { AppError } from '../domain/error.ts'
import type { ServerId, VersionId } from '../domain/id.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Era, ProcessKey } from '../domain/process-key.ts'
import type { EarlierRequest, ServerRequest } from '../domain/server-request.ts'
import type { ServerTraits } from '../domain/server-traits.ts'

/** How one request sent to a server is answered; exactly one of the two, once. */
export type CallHandlers = {
  /** The server's JSON-RPC response, `id` included as the server saw it. */
  readonly onResponse: (message: JsonObject) => void
  /** The process ended or the connection broke first. */
  readonly onLost: (error: AppError) => void
  /** Params of notifications/progress; present only where the client asked for progress. */
  readonly onProgress?: (params: JsonObject) => void
  /** Params of notifications/message on the request's own stream, which only a server that speaks HTTP has. */
  readonly onLog?: (params: JsonObject) => void
  /** For a server that speaks HTTP: sent with the request. */
  readonly headers?: Readonly<Record<string, string>>
}

/** One process's stdio, shared by many clients: ids and progress tokens are the connection's own. */
export interface UpstreamConnection {
  readonly serverId: ServerId
  /** Differs for each process of a server. */
  readonly generation: number
  /** Names the process over restarts of the platform. */
  readonly instanceId: string
  /** What the process was told, and whose it is. */
  readonly key: ProcessKey
  readonly era: Era
  /** As negotiated with the server, for example 2025-11-25. */
  readonly protocolVersion: string
  /** As the server answered `initialize`. */
  readonly initializeResult: JsonObject
  /** Sends a request under a new id. Throws AppError `busy` when too much is in flight or unread. */
  request(method: string, params: JsonObject | undefined, handlers: CallHandlers): UpstreamCall
  /**
   * Goes on with a request of an earlier daemon and with what the server asked about it. Null where none can be: it
   * ended with that daemon.
   */
  readonly reclaim:
    | ((
        id: number,
        requests: readonly EarlierRequest[],
        handlers: CallHandlers,
      ) => { readonly call: UpstreamCall; readonly requests: readonly ServerRequest[] })
    | null
  notify(method: string, params: JsonObject | undefined): void
  /** Notifications that belong to no one call (progress excluded). Returns an unsubscriber. */
  onNotification(listener: (method: string, params: JsonObject | undefined) => void): () => void
  /**
   * What the server asks of its client, `ping` excepted. A listener takes it by returning true; what nobody takes is
   * answered -32601. Returns an unsubscriber.
   */
  onRequest(listener: (push: ServerRequest) => boolean): () => void
  /** While anybody holds it, the process is not stopped for being idle. Returns the release. */
  hold(): () => void
  /** False while it is unhealthy: it lives, but calls wait until it answers well again. */
  isReady(): boolean
  /** Each time it is ready again. Returns an unsubscriber. */
  onReady(listener: () => void): () => void
  /** Fires once when the process or the connection is gone. */
  onClosed(listener: (error: AppError) => void): () => void
}

export interface UpstreamCall {
  /** As the server knows it. */
  readonly id: number
  /** Sends notifications/cancelled and forgets the call; a late answer is dropped. Idempotent. */
  cancel(reason: string): void
}

export interface Upstreams {
  /** In memory: no database on the way of a call. */
  findByName(name: string): ServerId | null
  /** Of all servers; in memory. */
  names(): readonly string[]
  /** In memory, as `findByName`. */
  traits(id: ServerId): ServerTraits
  /**
   * The connection to the process of this key, which is started if need be; one start for all who ask. While it
   * comes up this waits until `signal` aborts.
   * Throws AppError `server_not_running` with the state, the last exit's sentence and the next step.
   */
  open(id: ServerId, key: ProcessKey, signal: AbortSignal): Promise<UpstreamConnection>
  /** The connection of the version that is tried beside this server; in memory. */
  beside(id: ServerId): UpstreamConnection | null
  /** The connection to the process of this key if it runs; in memory, and nothing is started. */
  current(id: ServerId, key: ProcessKey): UpstreamConnection | null
  /** It does not answer well, or ended and is not tried again yet: another member of a pool does better. In memory. */
  isUnfit(id: ServerId, key: ProcessKey): boolean
  /** Whose process this was is gone for good: it may end now. Nothing for a key without an owner. */
  release(id: ServerId, key: ProcessKey): void
}

/** What one process of a server may say of itself to models. Live: it follows approvals and settings. */
export interface HeldDefinitions {
  /** `unseen`: nothing is known yet, and nothing may be shown before `decide` has looked. In memory. */
  readonly mode: 'off' | 'unseen' | 'warn' | 'block'
  /** For each new connection, before calls go over it: reads what its version is held to. */
  load(): Promise<void>
  /** Which of these may go on to clients; what differs from what is known is told. In memory. */
  screen(definitions: readonly Definition[]): readonly boolean[]
  /** All that the server defines: learned where nothing was known, compared otherwise. */
  decide(definitions: readonly Definition[]): Promise<void>
  /** Somebody switched this tool off. A lookup, as the next one. */
  isDisabled(tool: string): boolean
  /** Are clients kept from this one? A lookup, since it lies on the way of calls. */
  isWithheld(kind: DefinitionKind, name: string): boolean
  /** What clients may see is another than before. */
  onChanged(listener: () => void): void
  /** Nobody asks any more. */
  close(): void
}

export interface DefinitionRecords {
  /**
   * @param readFacet which kind of process it is, asked for each new connection; empty for the main one.
   * @param versionId another than the active one.
   */
  of(serverId: ServerId, readFacet: () => string, versionId?: VersionId): HeldDefinitions
}

/** A task of a server of 2026-07-28: it lives in one process and belongs to one principal. */
export type TaskRecord = {
  readonly serverId: ServerId
  /** The server's own. */
  readonly taskId: string
  readonly principalId: string
  readonly key: ProcessKey
  /** Whose call it answers; null for other methods. */
  readonly tool: string | null
  readonly createdAt: number
  readonly expiresAt: number
}

export interface Tasks {
  find(serverId: ServerId, taskId: string): Promise<TaskRecord | null>
  /** Durable when it resolves. False: the id is taken. @param keep of the principal's on that server; older ones go. */
  create(task: TaskRecord, keep: number): Promise<boolean>
}

/** A session of a client of 2025-03-26 to 2025-11-25. The id is never authentication. */
export type SessionRecord = {
  readonly id: string
  readonly principalId: string
  readonly serverId: ServerId
  readonly protocolVersion: string
  readonly initializeParams: JsonObject
  /** Of the process that serves it; null for sessions of before there were several. */
  /** The process it was opened on; null for sessions of before, and then it is not known. */
  readonly instanceId: string | null
  readonly processKey: ProcessKey | null
  /** Of `logging/setLevel`; null until the client asked for logs. */
  readonly logLevel: string | null
  /** URIs of `resources/subscribe`. */
  readonly subscriptions: readonly string[]
  readonly createdAt: number
  readonly lastUsedAt: number
}

/** Read at start, written when sessions change. */
export interface Sessions {
  list(): Promise<readonly SessionRecord[]>
  create(session: SessionRecord): Promise<void>
  update(
    id: string,
    changes: Partial<Pick<SessionRecord, 'lastUsedAt' | 'logLevel' | 'subscriptions'>>,
  ): Promise<void>
  remove(id: string): Promise<void>
}

/**
 * A call that waits for its client's answers, kept so that the next daemon can finish it. What it is about is sealed:
 * a server's questions are nobody else's business.
 */
export type ParkRecord = {
  /** Unguessable; part of what the client sends back. */
  readonly handle: string
  readonly principalId: string
  readonly serverId: ServerId
  /** Wall clock, milliseconds. */
  readonly expiresAt: number
  readonly sealed: string
}

/** Read at start, written while calls are parked: rare, and not on the way of others. */
export interface Parks {
  list(): Promise<readonly ParkRecord[]>
  put(park: ParkRecord): Promise<void>
  remove(handle: string): Promise<void>
}

/** Authenticated encryption under a key of this installation, for what clients or the disk keep for the gateway. */
export interface StateSeal {
  /** @param about what it is for: text sealed for one thing does not open as another. */
  seal(text: string, about: string): string
  /** Null for what this installation did not seal, or not for this. */
  open(sealed: string, about: string): string | null
}

/** One call, for metrics and audit: no arguments, no results. Durations in milliseconds. */
export type CallRecord = {
  readonly serverId: ServerId
  readonly principalId: string
  readonly method: string
  readonly tool: string | null
  readonly protocolVersion: string
  readonly outcome: CallOutcome
  readonly startedAt: number
  readonly milliseconds: number
  /** Of its trace context: 32 hex digits; null where its client sent one that is none. */
  readonly traceId: string | null
}

export interface CallLog {
  /** In batches, never on the way of a call. */
  append(records: readonly CallRecord[]): Promise<void>
}
