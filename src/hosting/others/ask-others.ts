/**
 * What other platforms know of something: those whose memories are taken over, and hAIveMinds that are asked. Never
 * longer than a moment, whatever they do; and what they say is data of strangers.
 */
import type { Clock } from '../../domain/clock.ts'
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import type { Category, Memories } from '../../domain/memory.ts'
import type { MemoryPeers } from '../../domain/memory-peers.ts'

const BRIEFLY_MS = 1_500
const MOST = 20

export type OthersDeps = {
  readonly memories: Pick<Memories, 'node' | 'search'>
  readonly recall: MemoryPeers['recall']
  readonly clock: Clock
}

export type Told = {
  /** The node that saw it, or the name of the hAIveMind that holds it. */
  readonly from: string
  readonly content: string
  /** Null: it is not what a platform wrote for programs. */
  readonly kind: string | null
  readonly server: string | null
  readonly facts: JsonObject
}

/** Best first; nothing of this platform's own. Never rejects. */
export async function askOthers(
  deps: OthersDeps,
  query: string,
  category: Category,
): Promise<readonly Told[]> {
  let cancel = () => {}
  const late = new Promise<readonly Told[]>((resolve) => {
    cancel = deps.clock.after(BRIEFLY_MS, () => resolve([]))
  })
  const asked = ask(deps, query, category).catch(() => [])
  // What was taken over is here already, whether a hAIveMind answers or not.
  const known = await readKnown(deps, query, category).catch(() => [])
  const found = await Promise.race([asked, late])
  cancel()
  return [...known, ...found]
}

async function readKnown({ memories }: OthersDeps, query: string, category: Category) {
  const reader = { id: 'platform', isAdmin: false }
  const filter = { category, ceiling: 'normal', reader } as const
  const { items } = await memories.search(query, filter, { limit: MOST, offset: 0 })
  return items.flatMap(({ node, content, kind, server, data }): Told[] =>
    node === memories.node ? [] : [{ from: node, content, kind, server, facts: data }],
  )
}

async function ask({ memories, recall }: OthersDeps, query: string, category: Category) {
  const found = await recall(query, category)
  return found.slice(0, MOST).flatMap(({ peer, content, envelope }): Told[] => {
    if (envelope === null) return [{ from: peer, content, kind: null, server: null, facts: {} }]
    const { node, kind, server, profile } = envelope
    if (typeof node !== 'string' || node === memories.node) return []
    return [
      {
        from: node,
        content,
        kind: typeof kind === 'string' ? kind : null,
        server: typeof server === 'string' ? server : null,
        facts: isJsonObject(profile) ? { ...envelope, ...profile } : envelope,
      },
    ]
  })
}
