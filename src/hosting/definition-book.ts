/**
 * What each server's active version was seen to define, and what it defines otherwise since. The first look at a
 * version is what it is held to: nothing of it is shown to clients before. A process that was told that its clients
 * can do more may define more: the first look at each kind of process adds to what is known, and changes none of it.
 */
import { hashDrift, indexDefinitions, keyOf, type Definition } from '../domain/definition.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import type { EventSink } from '../domain/event.ts'
import type { ServerId, VersionId } from '../domain/id.ts'
import type { Version } from '../domain/server.ts'
import { createDefinitionPage, type DefinitionPage, type OwnPage } from './definition-page.ts'
import { createHeldRecord, type HeldRecord } from './held-record.ts'
import { mergePins } from './merge-pins.ts'
import type { Events, PinRecord, Pins, Servers, Versions } from './ports.ts'
import { buildEffectiveConfig } from './server-view.ts'

export type DefinitionBookDeps = {
  readonly servers: Servers
  readonly versions: Versions
  readonly pins: Pins
  readonly events: EventSink & Events
  readonly clock: Clock
  /** A first look at a version, or at what a kind of process adds. False: it may not be shown, its server is ended. */
  readonly judge: (subject: Subject, definitions: readonly Definition[]) => Promise<boolean>
  readonly onDefect: (error: unknown) => void
}

/** Whose definitions they are. */
export type Subject = { readonly version: Version; readonly server: string }

export interface DefinitionBook {
  /**
   * @param readFacet which kind of process it is, asked at each `load`; empty for the main one.
   * @param versionId another than the active one.
   */
  of(serverId: ServerId, readFacet: () => string, versionId?: VersionId): DefinitionPage
  /**
   * Accepts what was seen, as it was seen, of the version: nothing else that its server may say by now.
   * @param shown the hash of the drift that was shown; throws `conflict` when it is another by now
   */
  accept(serverId: ServerId, versionId: VersionId, actor: string, shown?: string): Promise<void>
}

export function createDefinitionBook(deps: DefinitionBookDeps): DefinitionBook {
  const { servers, versions, pins } = deps
  /** What is in use, with the pages that use it. */
  const inUse = new Map<ServerId, Map<HeldRecord, Set<OwnPage>>>()

  const leave = (serverId: ServerId, page: OwnPage) => {
    const records = inUse.get(serverId)
    for (const [held, pages] of records ?? []) {
      if (pages.delete(page) && pages.size === 0) records?.delete(held)
    }
    if (records?.size === 0) inUse.delete(serverId)
  }

  const findActive = async (serverId: ServerId, another?: VersionId) => {
    const server = await servers.find(serverId)
    const wanted = another ?? server?.activeVersion
    const version = wanted && (await versions.find(wanted))
    if (!server || !version) return null
    const { pin: mode, disabledTools } = buildEffectiveConfig(version.config, server.overrides)
    return { version, server: server.name, mode, disabled: new Set(disabledTools) }
  }

  const find = async (
    serverId: ServerId,
    facet: string,
    page: OwnPage,
    another?: VersionId,
  ): Promise<HeldRecord | null> => {
    leave(serverId, page)
    const active = await findActive(serverId, another)
    if (active === null) return null
    const versionId = active.version.id
    const main = facet === '' ? null : await pins.find(versionId, '')
    const record = await pins.find(versionId, facet)
    const records = inUse.get(serverId) ?? new Map<HeldRecord, Set<OwnPage>>()
    inUse.set(serverId, records)
    const known = [...records.keys()].find((each) => each.version.id === versionId && each.facet === facet)
    const held = known ?? createHeldRecord(deps, { ...active, facet }, { record, main })
    held.mode = active.mode
    held.disabled = active.disabled
    records.set(held, (records.get(held) ?? new Set<OwnPage>()).add(page))
    return held
  }

  /** The settings changed, or the active version did; another version's definitions come with its own connections. */
  const refresh = async (serverId: ServerId) => {
    if (!inUse.has(serverId)) return
    const active = await findActive(serverId)
    for (const [held, pages] of inUse.get(serverId) ?? []) {
      if (active === null || active.version.id !== held.version.id) continue
      if (active.mode === held.mode && isSameSet(active.disabled, held.disabled)) continue
      held.mode = active.mode
      held.disabled = active.disabled
      for (const page of pages) page.tell()
    }
  }

  const take = (serverId: ServerId, accepted: readonly PinRecord[], seen: readonly Definition[]) => {
    for (const [held, pages] of inUse.get(serverId) ?? []) {
      const mine = accepted.filter(({ versionId }) => versionId === held.version.id)
      if (mine.length === 0) continue
      for (const record of mine) held.take(record)
      for (const page of pages) {
        page.release(seen)
        page.tell()
      }
    }
  }

  deps.events.subscribe(({ event }) => {
    if (event.type === 'server.deleted') inUse.delete(event.serverId)
    if (event.type === 'server.updated') void refresh(event.serverId).catch(deps.onDefect)
  })

  return {
    of: (serverId, readFacet, versionId) =>
      createDefinitionPage(
        (page) => find(serverId, readFacet(), page, versionId),
        (page) => leave(serverId, page),
      ),
    async accept(serverId, versionId, actor, shown) {
      const records = await pins.list(versionId)
      const merged = mergePins(records)
      if (merged === null) return
      if (shown !== undefined && shown !== hashDrift(merged.drift)) throw buildChangedAgain()
      const accepted = records.map((record) => acceptDrift(record, actor, deps.clock.now()))
      for (const record of accepted) await pins.save(record)
      take(
        serverId,
        accepted,
        records.flatMap(({ drift }) => drift.flatMap(({ after }) => after ?? [])),
      )
    },
  }
}

function acceptDrift(record: PinRecord, actor: string, now: number): PinRecord {
  if (record.drift.length === 0) return record
  const accepted = new Map(indexDefinitions(record.definitions))
  for (const entry of record.drift) {
    if (entry.after === null) accepted.delete(keyOf(entry))
    else accepted.set(keyOf(entry), entry.after)
  }
  return { ...record, definitions: [...accepted.values()], drift: [], pinnedAt: now, pinnedBy: actor }
}

function isSameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((each) => other.has(each))
}

function buildChangedAgain(): AppError {
  return new AppError('conflict', 'The server says something else by now than what was shown.', {
    hint: 'Read haivemind pins NAME again; a server that changes while it is read may mean it.',
  })
}
