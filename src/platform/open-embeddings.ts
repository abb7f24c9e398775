/** Search by what is meant, where the configuration names an endpoint for it; and what doctor says of that. */
import type { PlatformConfig } from '../config/schema.ts'
import type { EmbeddingStatus } from '../domain/meaning.ts'
import type { Memories } from '../domain/memory.ts'
import { openEmbeddings, type Embeddings } from '../embed/open-embeddings.ts'
import { searchByMeaning } from '../embed/search-by-meaning.ts'
import type { MemoryStore } from '../store/sqlite/memory-store.ts'
import { systemClock } from '../system/clock.ts'
import { randomFraction } from '../system/random.ts'
import { readPrivate } from './open-peers.ts'

/** `embeddings` is null where none are configured: then words alone rank. */
export function openMeaning(
  stack: AsyncDisposableStack,
  config: PlatformConfig['memory']['embeddings'],
  deps: { readonly memories: MemoryStore; readonly mask: (text: string) => string },
): { readonly memories: Memories; readonly embeddings: Embeddings | null } {
  const { memories, mask } = deps
  const { base_url: place, model, api_key_file: file, dimensions } = config
  if (place === null || model === null) return { memories, embeddings: null }
  const embeddings = openEmbeddings(
    {
      baseUrl: place.replace(/\/$/, ''),
      model,
      dimensions,
      readKey: async () => (file === null ? null : await readPrivate(file)),
      level: config.max_confidentiality_level,
      timeoutMs: config.timeout_ms,
    },
    { records: memories.vectors, clock: systemClock, random: randomFraction, mask },
  )
  stack.defer(() => embeddings.close())
  return { memories: searchByMeaning(memories, embeddings), embeddings }
}

export function buildEmbeddingChecks(status: EmbeddingStatus | null) {
  if (status === null) return []
  const { model, problem, stored, waiting, refused } = status
  const counts = `${stored} memories have a vector, ${waiting} wait, ${refused} are refused`
  return [
    {
      id: 'memory_embeddings',
      area: 'records',
      status: problem === null ? ('ok' as const) : ('warn' as const),
      found:
        problem === null
          ? `memories are found by what they mean, by ${model}: ${counts}`
          : `memories are found by words alone, since ${model} is of no use now (${problem}): ${counts}`,
      fix:
        problem === null
          ? null
          : 'What waits follows once it answers. Start it, or correct mcp_hosting.memory.embeddings.',
    },
  ]
}
