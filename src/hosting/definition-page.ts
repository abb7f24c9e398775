/** What one process of a server may say of itself, as the gateway asks it; see HeldDefinitions there. */
import { keyOf, type Definition, type DefinitionKind, type PinMode } from '../domain/definition.ts'
import type { HeldRecord } from './held-record.ts'

export type DefinitionPage = {
  readonly mode: PinMode | 'unseen'
  load(): Promise<void>
  screen(definitions: readonly Definition[]): readonly boolean[]
  decide(definitions: readonly Definition[]): Promise<void>
  isDisabled(tool: string): boolean
  isWithheld(kind: DefinitionKind, name: string): boolean
  onChanged(listener: () => void): void
  close(): void
}

/** A page with what only the book does with it. */
export type OwnPage = DefinitionPage & {
  /** Null before `load`. */
  readonly held: HeldRecord | null
  /** These were accepted meanwhile. */
  release(definitions: readonly Definition[]): void
  tell(): void
}

/** @param find what processes of this kind are held to now; null for a server without a version. */
export function createDefinitionPage(
  find: (page: OwnPage) => Promise<HeldRecord | null>,
  onClose: (page: OwnPage) => void,
): OwnPage {
  const listeners: (() => void)[] = []
  let held: HeldRecord | null = null
  /** What this process was seen to say as it was accepted. Held strictly, nothing else goes through. */
  let seen = new Set<string>()
  /** Somebody asked before anything was known, and was shown nothing. */
  let starved = false

  /** Of two definitions with one key both must be what was accepted. */
  const see = (mine: HeldRecord, definitions: readonly Definition[]) => {
    const accepted = definitions.map((each) => mine.isAccepted(each))
    definitions.forEach((each, at) => accepted[at] === true && seen.add(keyOf(each)))
    definitions.forEach((each, at) => accepted[at] !== true && seen.delete(keyOf(each)))
  }
  const tell = () => {
    for (const listener of listeners) listener()
  }

  const page: OwnPage = {
    get held() {
      return held
    },
    get mode() {
      return held === null || held.record === null ? ('unseen' as const) : held.mode
    },
    async load() {
      await held?.saved()
      held = null
      seen = new Set()
      held = await find(page)
    },
    screen(definitions) {
      const mine = held
      if (mine === null || mine.record === null) {
        starved ||= definitions.length > 0
        return definitions.map(() => false)
      }
      if (mine.mode === 'off') return definitions.map(() => true)
      see(mine, definitions)
      let changed = false
      const passes = definitions.map((definition) => {
        if (mine.isAccepted(definition)) return true
        changed = mine.note(definition) || changed
        return mine.mode === 'warn'
      })
      if (changed) mine.save()
      return passes
    },
    async decide(definitions) {
      const mine = held
      if (mine === null) return
      const isFirst = mine.record === null
      if (isFirst && !(await mine.learn(definitions))) return
      if (held !== mine || (!isFirst && mine.mode === 'off')) return
      seen = new Set()
      see(mine, definitions)
      if (mine.mode !== 'off') mine.compare(definitions)
      if (!isFirst || !starved) return
      starved = false
      tell()
    },
    isDisabled: (tool) => held?.disabled.has(tool) === true,
    isWithheld(kind, name) {
      if (held === null || held.record === null) return true
      if (held.mode !== 'block') return false
      return !seen.has(keyOf({ kind, name }))
    },
    onChanged: (listener) => void listeners.push(listener),
    release(definitions) {
      if (held !== null) see(held, definitions)
    },
    tell,
    close: () => onClose(page),
  }
  return page
}
