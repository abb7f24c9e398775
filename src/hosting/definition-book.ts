/**
 * What each server's active version was seen to define, and what it defines otherwise since. The first look at a
 * version is what it is held to: nothing of it is shown to clients before. The gateway asks at every list that passes.
 */
import {
  buildChange,
  compareDefinitions,
  hashDefinition,
  hashDrift,
  indexDefinitions,
  keyOf,
  listFieldChanges,
  type Definition,
  type DefinitionChange,
  type DefinitionKind,
  type PinMode,
} from '../domain/definition.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import type { EventSink } from '../domain/event.ts'
import type { ServerId, VersionId } from '../domain/id.ts'
import type { Version } from '../domain/server.ts'
import type { DriftEntry, Events, PinRecord, Pins, Servers, Versions } from './ports.ts'
import { buildEffectiveConfig } from './server-view.ts'

export type DefinitionBookDeps = {
  readonly servers: Servers
  readonly versions: Versions
  readonly pins: Pins
  readonly events: EventSink & Events
  readonly clock: Clock
  /** A first look at a version. False: it may not be shown as it is, and its server is ended. */
  readonly judge: (subject: Subject, definitions: readonly Definition[]) => Promise<boolean>
  readonly onDefect: (error: unknown) => void
}

/** Whose definitions they are. */
export type Subject = { readonly version: Version; readonly server: string }

/** One server as the gateway sees it; see HeldDefinitions there. */
export type BookPage = {
  readonly mode: PinMode | 'unseen'
  load(): Promise<void>
  screen(definitions: readonly Definition[]): readonly boolean[]
  decide(definitions: readonly Definition[]): Promise<void>
  isWithheld(kind: DefinitionKind, name: string): boolean
  onChanged(listener: () => void): void
}

export interface DefinitionBook {
  of(serverId: ServerId): BookPage
  /**
   * Accepts what was seen, as it was seen, of the version: nothing else that its server may say by now.
   * @param shown the hash of the drift that was shown; throws `conflict` when it is another by now
   */
  accept(serverId: ServerId, versionId: VersionId, actor: string, shown?: string): Promise<PinRecord | null>
}

/** A server that makes up names without end is told and kept this often; what it makes up is judged all the same. */
const MAX_DRIFT = 500
/** Of what is kept of all drift of one version, in characters. */
const MAX_DRIFT_SIZE = 16 * 1024 * 1024
/** Characters of a name in an event: the server chose it. */
const SHOWN_NAME = 128

type Held = {
  readonly version: Version
  readonly server: string
  mode: PinMode
  record: PinRecord | null
  index: ReadonlyMap<string, string>
  readonly drift: Map<string, DriftEntry>
  /** What this connection's server was seen to say as it was accepted. Held strictly, nothing else goes through. */
  seen: Set<string>
}

export function createDefinitionBook(deps: DefinitionBookDeps): DefinitionBook {
  const pages = new Map<ServerId, BookPage & { refresh(): Promise<void>; take(record: PinRecord): boolean }>()
  const pageOf = (serverId: ServerId) => {
    const known = pages.get(serverId)
    if (known !== undefined) return known
    const page = createPage(deps, serverId)
    pages.set(serverId, page)
    return page
  }
  deps.events.subscribe(({ event }) => {
    if (event.type === 'server.deleted') pages.delete(event.serverId)
    if (event.type === 'server.updated') void pages.get(event.serverId)?.refresh().catch(deps.onDefect)
  })
  return {
    of: pageOf,
    async accept(serverId, versionId, actor, shown) {
      const record = await deps.pins.find(versionId)
      if (record === null) return null
      if (shown !== undefined && shown !== hashDrift(record.drift)) throw buildChangedAgain()
      const now = indexDefinitions(record.definitions)
      const accepted = new Map(now)
      for (const entry of record.drift) {
        if (entry.after === null) accepted.delete(keyOf(entry))
        else accepted.set(keyOf(entry), entry.after)
      }
      const pinnedAt = deps.clock.now()
      const next = { versionId, definitions: [...accepted.values()], drift: [], pinnedAt, pinnedBy: actor }
      await deps.pins.save(next)
      pageOf(serverId).take(next)
      return next
    },
  }
}

function buildChangedAgain(): AppError {
  return new AppError('conflict', 'The server says something else by now than what was shown.', {
    hint: 'Read haivemind pins NAME again; a server that changes while it is read may mean it.',
  })
}

function createPage(deps: DefinitionBookDeps, serverId: ServerId) {
  const { servers, versions, pins, events, clock } = deps
  const listeners: (() => void)[] = []
  let held: Held | null = null
  /** Somebody asked before anything was known, and was shown nothing. */
  let starved = false
  let saving = Promise.resolve()

  const read = async (): Promise<Held | null> => {
    const server = await servers.find(serverId)
    const version = server?.activeVersion && (await versions.find(server.activeVersion))
    if (!server || !version) return null
    const record = await pins.find(version.id)
    return {
      version,
      server: server.name,
      mode: buildEffectiveConfig(version.config, server.overrides).pin,
      record,
      index: indexHashes(record?.definitions ?? []),
      drift: new Map(record?.drift.map((entry) => [keyOf(entry), entry])),
      seen: new Set(),
    }
  }

  const save = ({ record, drift }: Held) => {
    if (record === null) return
    const next = { ...record, drift: [...drift.values()] }
    const before = saving
    saving = (async () => {
      await before
      await pins.save(next)
    })().catch((error: unknown) => deps.onDefect(error))
  }

  const note = (mine: Held, change: DefinitionChange): boolean => {
    const known = mine.drift.get(keyOf(change))
    if (known !== undefined && isSame(known, change)) return false
    // What was accepted and changed is never left out, so that made-up names cannot hide it.
    if (known === undefined && change.before === null && mine.drift.size >= MAX_DRIFT) return false
    if (sizeOf([...mine.drift.values(), change]) > MAX_DRIFT_SIZE) return false
    mine.drift.set(keyOf(change), { ...change, seenAt: clock.now() })
    events.emit({
      type: 'tool.drift',
      serverId,
      server: mine.server,
      versionId: mine.version.id,
      kind: change.kind,
      name: change.name.slice(0, SHOWN_NAME),
      change: change.change,
      fields: listFieldChanges(change).map(({ field }) => field),
      withheld: mine.mode === 'block' && change.change !== 'removed',
    })
    return true
  }

  const tell = () => {
    for (const listener of listeners) listener()
  }

  const learn = async (mine: Held, definitions: readonly Definition[]) => {
    if (!(await deps.judge(mine, definitions))) return
    const unique = [...indexDefinitions(definitions).values()]
    const record: PinRecord = {
      versionId: mine.version.id,
      definitions: unique,
      drift: [],
      pinnedAt: clock.now(),
      pinnedBy: 'platform',
    }
    await pins.save(record)
    mine.record = record
    mine.index = indexHashes(unique)
    see(mine, definitions)
  }

  const compare = (mine: Held, pinned: PinRecord, definitions: readonly Definition[]) => {
    const changes = compareDefinitions(pinned.definitions, definitions)
    const keys = new Set(changes.map(keyOf))
    const gone = [...mine.drift.keys()].filter((key) => !keys.has(key))
    for (const key of gone) mine.drift.delete(key)
    const noted = changes.filter((change) => note(mine, change))
    if (noted.length > 0 || gone.length > 0) save(mine)
  }

  return {
    get mode() {
      return held === null || held.record === null ? ('unseen' as const) : held.mode
    },
    async load() {
      held = null
      await saving
      held = await read()
    },
    screen(definitions: readonly Definition[]) {
      const mine = held
      const pinned = mine?.record
      if (mine === null || !pinned) {
        starved ||= definitions.length > 0
        return definitions.map(() => false)
      }
      if (mine.mode === 'off') return definitions.map(() => true)
      see(mine, definitions)
      let changed = false
      const passes = definitions.map((definition) => {
        const key = keyOf(definition)
        if (mine.index.get(key) === hashDefinition(definition)) return true
        const before = pinned.definitions.find((each) => keyOf(each) === key) ?? null
        const change = buildChange(before, definition)
        if (change !== null) changed = note(mine, change) || changed
        return mine.mode === 'warn'
      })
      if (changed) save(mine)
      return passes
    },
    async decide(definitions: readonly Definition[]) {
      const mine = held
      if (mine === null) return
      if (mine.record !== null) {
        if (mine.mode === 'off') return
        mine.seen = new Set()
        see(mine, definitions)
        compare(mine, mine.record, definitions)
        return
      }
      await learn(mine, definitions)
      if (held !== mine || mine.record === null || !starved) return
      starved = false
      tell()
    },
    isWithheld(kind: DefinitionKind, name: string) {
      if (held === null || held.record === null) return true
      if (held.mode !== 'block') return false
      return !held.seen.has(keyOf({ kind, name }))
    },
    onChanged: (listener: () => void) => void listeners.push(listener),
    /** The settings changed, or the active version did. */
    async refresh() {
      const mine = held
      const fresh = mine === null ? null : await read()
      // Another version's definitions come with its own connection.
      if (mine === null || fresh === null || held !== mine || fresh.version.id !== mine.version.id) return
      if (fresh.mode === mine.mode) return
      mine.mode = fresh.mode
      tell()
    },
    /** What a person accepted. */
    take(record: PinRecord) {
      if (held?.version.id !== record.versionId) return false
      held.record = record
      held.index = indexHashes(record.definitions)
      see(
        held,
        [...held.drift.values()].flatMap(({ after }) => after ?? []),
      )
      held.drift.clear()
      tell()
      return true
    },
  }
}

/** Of two definitions with one key both must be what was accepted. */
function see({ index, seen }: Held, definitions: readonly Definition[]): void {
  const isAccepted = (each: Definition) => index.get(keyOf(each)) === hashDefinition(each)
  for (const each of definitions) if (isAccepted(each)) seen.add(keyOf(each))
  for (const each of definitions) if (!isAccepted(each)) seen.delete(keyOf(each))
}

const sizes = new WeakMap<Definition, number>()

function sizeOf(changes: readonly Pick<DefinitionChange, 'after'>[]): number {
  let sum = 0
  for (const { after } of changes) {
    if (after === null) continue
    const size = sizes.get(after) ?? JSON.stringify(after).length
    sizes.set(after, size)
    sum += size
  }
  return sum
}

function indexHashes(definitions: readonly Definition[]): ReadonlyMap<string, string> {
  return new Map(definitions.map((definition) => [keyOf(definition), hashDefinition(definition)]))
}

function isSame(one: DefinitionChange, other: DefinitionChange): boolean {
  if (one.change !== other.change) return false
  if (one.after === null || other.after === null) return one.after === other.after
  return hashDefinition(one.after) === hashDefinition(other.after)
}
