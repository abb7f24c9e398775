/** What all kinds of process of one version are held to, as one record for people: most versions have a single kind. */
import { hashDefinition, keyOf, type Definition } from '../domain/definition.ts'
import type { DriftEntry, PinRecord } from './ports.ts'

/** The main process's definitions, then what others add; drift that several show counts once. Pure. */
export function mergePins(records: readonly PinRecord[]): PinRecord | null {
  const [main, ...others] = [...records].sort((a, b) => (a.facet < b.facet ? -1 : 1))
  if (main === undefined) return null
  const definitions = new Map<string, Definition>()
  const drift = new Map<string, DriftEntry>()
  for (const record of [main, ...others]) {
    for (const each of record.definitions) {
      if (!definitions.has(keyOf(each))) definitions.set(keyOf(each), each)
    }
    for (const entry of record.drift) {
      const key = [keyOf(entry), entry.change, entry.after && hashDefinition(entry.after)].join(' ')
      if (!drift.has(key)) drift.set(key, entry)
    }
  }
  return { ...main, definitions: [...definitions.values()], drift: [...drift.values()] }
}
