/** A question as words: text of a stranger, so never syntax of the index. */
import { z } from 'zod'
import type { Database } from './database.ts'

const MAX_WORDS = 32
const MAX_WORD_LENGTH = 64
/** What stands in more memories than this tells nothing, and costs most. */
const COMMON = 0.1
/** A platform that is new has words in most memories. */
const FEW_MEMORIES = 200

/** Letters, digits and what binds them: what the index takes for one word. The rest is dropped. */
export function splitQuestion(text: string): readonly string[] {
  const found = text
    .toWellFormed()
    .slice(0, 4096)
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}\p{Co}_-]+/u)
  const words = found
    .map((word) => word.slice(0, MAX_WORD_LENGTH))
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
  return [...new Set(words)].slice(0, MAX_WORDS)
}

/** Quoted each, so that whatever is in them means itself. */
export function buildMatch(words: readonly string[]): string {
  return words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' OR ')
}

const stem = z.object({ doc: z.int(), term: z.string() })
const count = z.object({ n: z.int() })

/** Leaves out common words, unless none is left. */
export function createWordChooser(database: Database): (words: readonly string[]) => readonly string[] {
  // The index knows stems only: its own tokenizer, in a table of this connection, says what they are.
  database.run(
    `CREATE VIRTUAL TABLE IF NOT EXISTS temp.question USING fts5(word, tokenize = "porter unicode61 remove_diacritics 2 tokenchars '_-'")`,
  )
  database.run(
    'CREATE VIRTUAL TABLE IF NOT EXISTS temp.question_words USING fts5vocab(temp, question, instance)',
  )
  return (words) => {
    const total = count.parse(database.get('SELECT coalesce(max(rid), 0) AS n FROM memories')).n
    if (total < FEW_MEMORIES || words.length < 2) return words
    database.run('DELETE FROM temp.question')
    for (const [at, word] of words.entries()) {
      database.run('INSERT INTO temp.question (rowid, word) VALUES ($at, $word)', { at: at + 1, word })
    }
    const stems = database.all('SELECT doc, term FROM temp.question_words').map((raw) => stem.parse(raw))
    const isCommon = (at: number) =>
      stems
        .filter(({ doc }) => doc === at + 1)
        .every(({ term }) => {
          const found = database.get('SELECT doc AS n FROM memories_words WHERE term = $term', { term })
          return found !== null && count.parse(found).n > total * COMMON
        })
    const rare = words.filter((_, at) => !isCommon(at))
    return rare.length === 0 ? words : rare
  }
}
