/**
 * Sessions of earlier revisions, in memory; the store hears of changes only, never of a call. An id lives until
 * DELETE, idleness or revocation, over restarts of daemon and server, since the official clients never replace one.
 */
import { ChurnMap } from '../domain/churn.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import type { ServerId } from '../domain/id.ts'
import type { JsonObject } from '../domain/json.ts'
import { buildMainKey, parseCapabilityClass, type ProcessKey } from '../domain/process-key.ts'
import { startRepeating } from '../domain/repeat.ts'
import { createToken } from '../system/random.ts'
import type { Logger } from '../system/log.ts'
import { fitKey } from './choose-key.ts'
import { createClientPushes } from './client-pushes.ts'
import { isLegacyVersion, isLogLevel, type LegacyVersion } from './envelope.ts'
import { buildClientEnvelope } from './fulfil/build-envelope.ts'
import type { GatewayConfig } from './gateway-config.ts'
import type { HostedServer } from './hosted-servers.ts'
import type { SessionRecord, Sessions } from './ports.ts'
import { createSessionLoss } from './session-loss.ts'
import { buildSessionListener, createOutbox, isOwnProcess, type Session } from './session.ts'
import { bindProcess } from './session-process.ts'
import type { SessionStreams } from './session-streams.ts'

export type SessionTableDeps = {
  readonly store: Sessions
  readonly findHosted: (serverId: ServerId, principalId: string) => HostedServer
  readonly createStreams: (principalId: string, version: LegacyVersion) => SessionStreams
  readonly config: GatewayConfig
  readonly clock: Clock
  readonly logger: Logger
}

type NewSession = {
  readonly id: string
  /** False where it ends with its connection. */
  readonly isStored: boolean
  readonly key: ProcessKey
  readonly instanceId: string
  readonly principalId: string
  readonly serverId: ServerId
  readonly version: LegacyVersion
  readonly initializeParams: JsonObject
}

export interface SessionTable {
  start(): Promise<void>
  /** Of a session that is about to be created. */
  createId(): string
  /** Stored, where it is to be, before it is given out. Past the principal's limit the longest unused one ends. */
  create(wanted: NewSession): Promise<Session>
  /** Null unless it is this principal's, on this server. */
  find(id: string, principalId: string, serverId: ServerId): Session | null
  /** It has not ended. */
  has(session: Session): boolean
  /** Whoever names it is not the one who opened it. */
  isOfAnother(id: string, principalId: string): boolean
  save(session: Session, changes: Partial<Pick<SessionRecord, 'logLevel' | 'subscriptions'>>): void
  remove(session: Session): void
  removeWhere(matches: (session: Session) => boolean): void
  count(): number
  /** Calls `note` for each. */
  eachServer(note: (serverId: ServerId) => void): void
  close(): Promise<void>
}

const SWEEP_MS = 60_000
/** How far the stored last use may lag behind. */
const SAVE_AFTER_MS = 300_000

export function createSessionTable(deps: SessionTableDeps): SessionTable {
  const { store, findHosted, config, clock, logger } = deps
  const sessions = new Map<string, Session>()
  const leave = new Map<Session, () => void>()
  const writes = new Set<Promise<void>>()
  let cancelSweep = () => {}

  const removeWhere = (matches: (session: Session) => boolean) => {
    for (const session of sessions.values()) if (matches(session)) remove(session)
  }
  const hostedOf = ({ serverId, principalId }: Session) => findHosted(serverId, principalId)
  const loss = createSessionLoss({ hostedOf, removeWhere })

  const write = (what: string, work: Promise<void>) => {
    const done: Promise<void> = work
      .catch((err: unknown) => logger.error(`a session could not be ${what}`, { err }))
      .finally(() => writes.delete(done))
    writes.add(done)
  }

  const attach = (session: Session) => {
    const { announcements, join, lane } = hostedOf(session)
    for (const uri of session.subscriptions) announcements.restore(session.key, uri)
    const leaves = [announcements.add(session.key, buildSessionListener(session)), join(session.key)]
    leave.set(session, () => leaves.forEach((each) => each()))
    if (isOwnProcess(session)) bindProcess(session, lane(session.key).lane)
    loss.watch(session)
    if (session.instanceId !== null) announcements.expect(session.key, session.instanceId)
  }
  const add = (session: Session) => {
    attach(session)
    sessions.set(session.id, session)
  }

  const detach = (session: Session) => {
    leave.get(session)?.()
    leave.delete(session)
    const { announcements } = hostedOf(session)
    for (const uri of session.subscriptions) announcements.unsubscribe(session.key, uri)
  }
  /** Nobody may stay with a process that is not for him any more. */
  const refit = (session: Session) => {
    const { id, principalId, key } = session
    const fitting = fitKey(key, hostedOf(session).traits(), { principalId, sessionId: id })
    if (fitting === key) return
    detach(session)
    session.key = fitting
    attach(session)
  }

  const remove = (session: Session) => {
    if (!sessions.delete(session.id)) return
    detach(session)
    const { release } = hostedOf(session)
    for (const call of session.calls.values()) call.cancel('the session ended')
    session.pushes.close()
    session.outbox.close()
    session.streams.close()
    if (isOwnProcess(session)) release(session.key, new AppError('route_not_found', 'The session ended.'))
    if (session.isStored) write('removed', store.remove(session.id))
  }

  const isIdle = (session: Session) => session.calls.size === 0 && session.outbox.standing === null

  const makeRoom = (principalId: string) => {
    const mine = sessions
      .values()
      .filter((session) => session.principalId === principalId)
      .toArray()
    if (mine.length < config.maxSessionsPerPrincipal) return
    const [oldest] = mine.sort((a, b) => Number(isIdle(b)) - Number(isIdle(a)) || a.lastUsedAt - b.lastUsedAt)
    if (oldest !== undefined) remove(oldest)
  }

  const sweep = () => {
    const now = clock.now()
    for (const session of sessions.values()) {
      if (!isIdle(session)) session.lastUsedAt = now
      if (now - session.lastUsedAt > config.sessionIdleMs) remove(session)
      else if (session.lastUsedAt - session.savedAt > SAVE_AFTER_MS) saveUse(session)
    }
  }

  const saveUse = (session: Session) => {
    session.savedAt = session.lastUsedAt
    if (session.isStored) write('saved', store.update(session.id, { lastUsedAt: session.lastUsedAt }))
  }

  return {
    async start() {
      for (const record of await store.list()) {
        const session = parseSession(record, deps.createStreams)
        if (session === null) logger.warn('a stored session is not readable', { server_id: record.serverId })
        else add(session)
      }
      cancelSweep = startRepeating(clock, SWEEP_MS, sweep)
    },
    createId: () => createToken(32),
    async create({ id, isStored, key, instanceId, principalId, serverId, version, initializeParams }) {
      makeRoom(principalId)
      const now = clock.now()
      const record: SessionRecord = {
        id,
        principalId,
        serverId,
        protocolVersion: version,
        initializeParams,
        processKey: key,
        instanceId,
        logLevel: null,
        subscriptions: [],
        createdAt: now,
        lastUsedAt: now,
      }
      if (isStored) await store.create(record)
      const session = buildSession(record, version, isStored, deps.createStreams)
      add(session)
      return session
    },
    find(id, principalId, serverId) {
      const session = sessions.get(id)
      if (session === undefined || session.principalId !== principalId || session.serverId !== serverId) {
        return null
      }
      session.lastUsedAt = clock.now()
      refit(session)
      return session
    },
    has: ({ id }) => sessions.has(id),
    count: () => sessions.size,
    eachServer(note) {
      for (const { serverId } of sessions.values()) note(serverId)
    },
    isOfAnother: (id, principalId) => (sessions.get(id)?.principalId ?? principalId) !== principalId,
    save(session, changes) {
      if (session.isStored) write('saved', store.update(session.id, changes))
    },
    remove,
    removeWhere,
    async close() {
      loss.stop()
      cancelSweep()
      for (const session of sessions.values()) if (session.lastUsedAt !== session.savedAt) saveUse(session)
      await Promise.all(writes)
    },
  }
}

function parseSession(
  record: SessionRecord,
  createStreams: SessionTableDeps['createStreams'],
): Session | null {
  return isLegacyVersion(record.protocolVersion)
    ? buildSession(record, record.protocolVersion, true, createStreams)
    : null
}

function buildSession(
  record: SessionRecord,
  version: LegacyVersion,
  isStored: boolean,
  createStreams: SessionTableDeps['createStreams'],
): Session {
  const key = record.processKey ?? buildKeyOfBefore(record)
  const capabilities = parseCapabilityClass(record.initializeParams['capabilities'], version)
  return {
    id: record.id,
    principalId: record.principalId,
    serverId: record.serverId,
    version,
    client: {
      envelope: buildClientEnvelope(record.initializeParams, version),
      capabilities,
    },
    key,
    instanceId: record.instanceId,
    isStored,
    subscriptions: new Set(record.subscriptions),
    calls: new ChurnMap(),
    outbox: createOutbox(),
    streams: createStreams(record.principalId, version),
    pushes: createClientPushes(version, capabilities),
    toolsOnly: true,
    logLevel: isLogLevel(record.logLevel) ? record.logLevel : null,
    lastUsedAt: record.lastUsedAt,
    savedAt: record.lastUsedAt,
  }
}

function buildKeyOfBefore({ initializeParams, protocolVersion }: SessionRecord): ProcessKey {
  const capabilities = parseCapabilityClass(initializeParams['capabilities'], protocolVersion)
  return { ...buildMainKey('legacy'), capabilities }
}
