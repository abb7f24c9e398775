/**
 * What one kind of process of one version is held to, and what such processes say otherwise since. All processes of
 * the kind share it. What the main process was accepted to say, others may say as well.
 */
import {
  buildChange,
  compareDefinitions,
  hashDefinition,
  indexDefinitions,
  keyOf,
  listFieldChanges,
  type Definition,
  type DefinitionChange,
  type PinMode,
} from '../domain/definition.ts'
import type { Version } from '../domain/server.ts'
import type { DefinitionBookDeps } from './definition-book.ts'
import type { DriftEntry, PinRecord } from './ports.ts'

/** A server that makes up names without end is told and kept this often; what it makes up is judged all the same. */
const MAX_DRIFT = 500
/** Of what is kept of all drift of one version, in characters. */
const MAX_DRIFT_SIZE = 16 * 1024 * 1024
/** Characters of a name in an event: the server chose it. */
const SHOWN_NAME = 128

export interface HeldRecord {
  readonly version: Version
  readonly server: string
  readonly facet: string
  mode: PinMode
  /** Tools that no client sees or calls. */
  disabled: ReadonlySet<string>
  /** Null: nothing of this kind was seen yet. */
  readonly record: PinRecord | null
  isAccepted(definition: Definition): boolean
  /** A first look: what the main process does not say is judged, then kept. False: it may not be shown. */
  learn(definitions: readonly Definition[]): Promise<boolean>
  /** All that one process says; what differs is told and kept. */
  compare(definitions: readonly Definition[]): void
  /** One that is not accepted; false when it was known as such. */
  note(definition: Definition): boolean
  save(): void
  /** Resolves when everything is written. */
  saved(): Promise<void>
  /** What a person accepted, of this facet or of the main one. */
  take(record: PinRecord): void
}

export function createHeldRecord(
  deps: DefinitionBookDeps,
  about: {
    readonly version: Version
    readonly server: string
    readonly facet: string
    readonly mode: PinMode
    readonly disabled: ReadonlySet<string>
  },
  kept: { readonly record: PinRecord | null; readonly main: PinRecord | null },
): HeldRecord {
  const { pins, events, clock } = deps
  const { version, server, facet } = about
  const { id: versionId, serverId } = version
  const drift = new Map<string, DriftEntry>(kept.record?.drift.map((entry) => [keyOf(entry), entry]))
  let { record, main } = kept
  let index = indexHashes(record)
  let mainIndex = indexHashes(main)
  let learning: Promise<boolean> | null = null
  let saving = Promise.resolve()

  const isAccepted = (definition: Definition) => {
    const key = keyOf(definition)
    const hash = hashDefinition(definition)
    return index.get(key) === hash || mainIndex.get(key) === hash
  }

  const noteChange = (change: DefinitionChange): boolean => {
    const known = drift.get(keyOf(change))
    if (known !== undefined && isSame(known, change)) return false
    // What was accepted and changed is never left out, so that made-up names cannot hide it.
    if (known === undefined && change.before === null && drift.size >= MAX_DRIFT) return false
    if (sizeOf([...drift.values(), change]) > MAX_DRIFT_SIZE) return false
    drift.set(keyOf(change), { ...change, seenAt: clock.now() })
    events.emit({
      type: 'tool.drift',
      serverId,
      server,
      versionId,
      kind: change.kind,
      name: change.name.slice(0, SHOWN_NAME),
      change: change.change,
      fields: listFieldChanges(change).map(({ field }) => field),
      withheld: held.mode === 'block' && change.change !== 'removed',
    })
    return true
  }

  const save = () => {
    if (record === null) return
    const next = { ...record, drift: [...drift.values()] }
    const before = saving
    saving = (async () => {
      await before
      await pins.save(next)
    })().catch((error: unknown) => deps.onDefect(error))
  }

  const learn = async (definitions: readonly Definition[]): Promise<boolean> => {
    const known = indexDefinitions(main?.definitions ?? [])
    const found = [...indexDefinitions(definitions).values()]
    const added = found.filter((each) => !known.has(keyOf(each)))
    if ((added.length > 0 || main === null) && !(await deps.judge({ version, server }, added))) return false
    // What the main process says too, was accepted as that one says it; said otherwise here, it is drift.
    const held = found.map((each) => known.get(keyOf(each)) ?? each)
    const next = {
      versionId,
      facet,
      definitions: held,
      drift: [],
      pinnedAt: clock.now(),
      pinnedBy: 'platform',
    }
    await pins.save(next)
    record = next
    index = indexHashes(next)
    return true
  }

  const held: HeldRecord = {
    version,
    server,
    facet,
    mode: about.mode,
    disabled: about.disabled,
    get record() {
      return record
    },
    isAccepted,
    learn: (definitions) => (learning ??= learn(definitions).finally(() => (learning = null))),
    compare(definitions) {
      const now = indexDefinitions(definitions)
      const accepted = (record?.definitions ?? []).map((each) => {
        const current = now.get(keyOf(each))
        return current !== undefined && isAccepted(current) ? current : each
      })
      const changes = compareDefinitions(accepted, definitions)
      const keys = new Set(changes.map(keyOf))
      const gone = [...drift.keys()].filter((key) => !keys.has(key))
      for (const key of gone) drift.delete(key)
      const noted = changes.filter(noteChange)
      if (noted.length > 0 || gone.length > 0) save()
    },
    note(definition) {
      const key = keyOf(definition)
      const before = record?.definitions.find((each) => keyOf(each) === key) ?? null
      const change = buildChange(before, definition)
      return change !== null && noteChange(change)
    },
    save,
    saved: () => saving,
    take(accepted) {
      if (accepted.facet === '') {
        main = accepted
        mainIndex = indexHashes(accepted)
      }
      if (accepted.facet !== facet) return
      record = accepted
      index = indexHashes(accepted)
      drift.clear()
    },
  }
  return held
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

function indexHashes(record: PinRecord | null): ReadonlyMap<string, string> {
  return new Map(record?.definitions.map((definition) => [keyOf(definition), hashDefinition(definition)]))
}

function isSame(one: DefinitionChange, other: DefinitionChange): boolean {
  if (one.change !== other.change) return false
  if (one.after === null || other.after === null) return one.after === other.after
  return hashDefinition(one.after) === hashDefinition(other.after)
}
