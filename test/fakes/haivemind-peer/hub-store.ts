/** The hub's memories in a file. Its vector store takes flat values only, and knows no time zone. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

export type HubMemory = {
  readonly id: string
  readonly content: string
  readonly category: string
  readonly context: string
  readonly metadata: Readonly<Record<string, string | number | boolean>>
  readonly created_at: string
  readonly confidentiality_level: string
}

export interface HubStore {
  size(): number
  add(memory: Omit<HubMemory, 'id' | 'created_at'>): HubMemory
  /** In the order in which they came. */
  list(): readonly HubMemory[]
  /** B7: one agent, which whoever registered last is. */
  agent: string
}

export function openHubStore(file: string): HubStore {
  const memories: HubMemory[] = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as HubMemory[])
    : []
  return {
    agent: 'hub-agent',
    size: () => memories.length,
    list: () => memories,
    add(given) {
      for (const [key, value] of Object.entries(given.metadata)) {
        if (!['string', 'number', 'boolean'].includes(typeof value)) {
          throw new Error(
            `Expected metadata value to be a str, int, float, bool, or None, got ${JSON.stringify(value)} for ${key}`,
          )
        }
      }
      // B11: local, with no word of where.
      const created_at = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000)
        .toISOString()
        .replace('Z', '000')
      // B13: the same text twice is two memories.
      const memory = { ...given, id: crypto.randomUUID(), created_at }
      memories.push(memory)
      writeFileSync(file, JSON.stringify(memories))
      return memory
    },
  }
}

/**
 * Scores as the hub gives them, 1 − squared distance: negative for most. Here of bags of words, both of length 1, so
 * that what shares words is nearer; the hub's own are of an embedding.
 */
export function scoreOf(query: string, content: string): number {
  const [a, b] = [bagOf(query), bagOf(content)]
  let dot = 0
  for (const [word, n] of a) dot += n * (b.get(word) ?? 0)
  const lengths = Math.sqrt(sumOf(a)) * Math.sqrt(sumOf(b))
  return 1 - (2 - 2 * (lengths === 0 ? 0 : dot / lengths))
}

const sumOf = (bag: ReadonlyMap<string, number>) => [...bag.values()].reduce((sum, n) => sum + n * n, 0)

function bagOf(text: string): ReadonlyMap<string, number> {
  const bag = new Map<string, number>()
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}-]+/gu) ?? [])
    bag.set(word, (bag.get(word) ?? 0) + 1)
  return bag
}
