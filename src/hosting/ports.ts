/** What the verbs need from others. Store ports return promises although SQLite is synchronous. */
import type { Operation } from '../domain/deployment.ts'
import type { EventRecord } from '../domain/event.ts'
import type { OperationId, ServerId, VersionId } from '../domain/id.ts'
import type { JsonObject } from '../domain/json.ts'
import type { LogLine, LogStream } from '../domain/log-line.ts'
import type { Principal } from '../domain/principal.ts'
import type { Server, Version } from '../domain/server.ts'

export interface Servers {
  find(id: ServerId): Promise<Server | null>
  findByName(name: string): Promise<Server | null>
  list(): Promise<readonly Server[]>
  /** Throws AppError `conflict` when the name is taken. */
  create(server: Server): Promise<void>
  update(id: ServerId, changes: Partial<Omit<Server, 'id'>>): Promise<void>
  remove(id: ServerId): Promise<void>
}

export interface Versions {
  find(id: VersionId): Promise<Version | null>
  /** Newest first. */
  list(serverId: ServerId): Promise<readonly Version[]>
  create(version: Version): Promise<void>
  remove(id: VersionId): Promise<void>
  /** Trees that any version names, for collection. */
  listTreeHashes(): Promise<readonly string[]>
}

export interface Operations {
  find(id: OperationId): Promise<Operation | null>
  /** Newest first. */
  list(filter: { readonly server?: string; readonly limit: number }): Promise<readonly Operation[]>
  listRunning(): Promise<readonly Operation[]>
  create(operation: Operation): Promise<void>
  update(id: OperationId, changes: Partial<Omit<Operation, 'id'>>): Promise<void>
}

export interface Events {
  /** Events after `after`, oldest first. */
  list(filter: { readonly after?: number; readonly limit: number }): Promise<readonly EventRecord[]>
  subscribe(listener: (record: EventRecord) => void): () => void
}

export type LogQuery = {
  /** Lines after this sequence number; with `tail` absent, from the oldest kept. */
  readonly after?: number
  /** The last N that match. */
  readonly tail?: number
  readonly stream?: LogStream
  /** Milliseconds since the epoch. */
  readonly since?: number
  /** Literal, case-insensitive. */
  readonly grep?: string
  readonly limit?: number
}

/** Fulfilled by the runtime's log files. */
export interface Logs {
  read(serverId: ServerId, query: LogQuery): Promise<readonly LogLine[]>
  follow(serverId: ServerId, listener: (line: LogLine) => void): () => void
  remove(serverId: ServerId): Promise<void>
}

/** Fulfilled by the gateway: the same relay that clients use, in process. */
export interface HostedTools {
  list(server: string, principal: Principal, signal: AbortSignal): Promise<readonly JsonObject[]>
  /** The tool's result as the server gave it; `isError` inside it is not an exception. */
  call(
    server: string,
    tool: string,
    args: JsonObject,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<JsonObject>
}
