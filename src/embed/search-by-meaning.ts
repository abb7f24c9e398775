import type { Near } from '../domain/meaning.ts'
import {
  BY_WORDS,
  type Memories,
  type MemoryFilter,
  type MemoryPage,
  type SearchedMemories,
} from '../domain/memory.ts'
import type { Embeddings } from './open-embeddings.ts'

/** Memories that can be searched with a vector too. */
type NearMemories = Memories & {
  searchNear(query: string, filter: MemoryFilter, page: MemoryPage, near: Near): Promise<SearchedMemories>
}

/** The same memories, whose search asks what the question means; where that cannot be had, words alone rank, and it says so. */
export function searchByMeaning(memories: NearMemories, embeddings: Pick<Embeddings, 'ask'>): Memories {
  return {
    ...memories,
    async search(query, filter, page, isSemantic = true) {
      if (!isSemantic) return memories.search(query, filter, page)
      const asked = await embeddings.ask(query)
      if (!('problem' in asked)) return memories.searchNear(query, filter, page, asked)
      const found = await memories.search(query, filter, page)
      const note = `Ranked by words alone; the embedding endpoint is of no use now: ${asked.problem}.`
      return { ...found, rankedBy: { ...BY_WORDS, note } }
    },
  }
}
