/** Asks a hAIveMind for more than it ranks well, in pieces that come back whole (B5, B10). */
import { parseFound, type HiveMemory } from './parse-answer.ts'
import type { HiveSession } from './session.ts'

const PIECE = 5
const MOST = 20

export type HiveQuery = {
  readonly query: string
  readonly category: string
  readonly timeoutMs: number
  /** Before each request. */
  readonly pause: () => Promise<void>
  /** Enough was found. */
  readonly until?: (found: readonly HiveMemory[]) => boolean
}

/** Null: nothing is known, since an answer is missing or means nothing. */
export async function searchHive(
  session: HiveSession,
  { query, category, timeoutMs, pause, until = () => false }: HiveQuery,
): Promise<readonly HiveMemory[] | null> {
  const shape = session.tools.get('search_memories')?.properties
  if (shape === undefined) return null
  const hasPages = shape['offset'] !== undefined
  const known = (args: Readonly<Record<string, string | number>>) =>
    Object.fromEntries(Object.entries(args).filter(([name]) => shape[name] !== undefined))
  const categories = shape['category']?.values ?? null
  const found: HiveMemory[] = []
  let limit = hasPages ? PIECE : MOST
  let offset = 0
  while (offset < MOST) {
    await pause()
    const args = known({
      query: query.slice(0, 4_096),
      limit,
      offset,
      max_confidentiality_level: 'normal',
      ...(categories === null || categories.includes(category) ? { category } : {}),
    })
    const answer = await session.call('search_memories', args, timeoutMs)
    if (answer.kind === 'lost' || answer.isError) return null
    const piece = parseFound(answer.text)
    if (piece === null) {
      if (/^Error\b/i.test(answer.text)) return null
      // Cut in the middle: fewer at once; one that is too long by itself is left out where one can.
      if (limit > 1) limit = Math.floor(limit / 2)
      else if (hasPages) offset++
      else return found
      continue
    }
    found.push(...piece)
    if (until(found)) return found
    if (!hasPages || piece.length < limit) return found
    offset += limit
  }
  return found
}
