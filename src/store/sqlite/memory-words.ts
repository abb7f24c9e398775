/** A question as words: text of a stranger, so never syntax of the index. */
import { z } from 'zod'
import type { Database } from './database.ts'

const MAX_WORDS = 32
const MAX_WORD_LENGTH = 64
/** What stands in more memories than this tells nothing, and costs most. */
const COMMON = 0.1
/** A platform that is new has words in most memories. */
const FEW_MEMORIES = 200
/** Letters of a word that may be unfinished. */
const SHORTEST_BEGINNING = 3
/** Of what a beginning may become: beyond, it says too little and costs too much. */
const MAX_ENDINGS = 64
const MAX_ENDED = 5_000
/** An unfinished word may be longer than its stem: `connecti` by this much. */
const LONGEST_ENDING = 4

/** Letters, digits and what binds them; the rest is dropped. */
export function splitQuestion(text: string): readonly string[] {
  const found = cut(text)
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}\p{Co}_-]+/u)
  const words = found
    .map((word) => word.slice(0, MAX_WORD_LENGTH))
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
  return [...new Set(words)].slice(0, MAX_WORDS)
}

const cut = (text: string) => text.toWellFormed().slice(0, 4096)

/** Of the word that ends the question, if nothing follows it: somebody may still be typing. */
function findBeginning(text: string): string | null {
  const last = /[\p{L}\p{M}\p{N}_-]*[\p{L}\p{N}]$/u.exec(cut(text))?.[0].toLowerCase() ?? ''
  return last.length > MAX_WORD_LENGTH || last.length < SHORTEST_BEGINNING ? null : last
}

export type ChosenWords = {
  readonly words: readonly string[]
  /** A word that may go on. */
  readonly beginning: string | null
  /** All of them stand nearly everywhere. */
  readonly areCommon: boolean
}

/**
 * Quoted each, so that whatever is in them means itself; of what is bound (`bash-toolbox`) the index has the parts, and
 * the quotes ask for them in a row.
 */
export function buildMatch({ words, beginning }: ChosenWords): string {
  const quote = (word: string) => `"${word.replaceAll('"', '""')}"`
  return [...words.map(quote), ...(beginning === null ? [] : [`${quote(beginning)}*`])].join(' OR ')
}

const stem = z.object({ doc: z.int(), term: z.string() })
const count = z.object({ n: z.int() })

/** Leaves out common words, unless none is left, and finds out what an unfinished one may become. */
export function createWordChooser(database: Database): (question: string) => ChosenWords {
  // The index knows stems only: its own tokenizer, in a table of this connection, says what they are.
  database.run(
    `CREATE VIRTUAL TABLE IF NOT EXISTS temp.question USING fts5(word, tokenize = 'porter unicode61 remove_diacritics 2')`,
  )
  database.run(
    'CREATE VIRTUAL TABLE IF NOT EXISTS temp.question_words USING fts5vocab(temp, question, instance)',
  )
  const listStems = (words: readonly string[]): readonly (readonly string[])[] => {
    database.run('DELETE FROM temp.question')
    for (const [at, word] of words.entries()) {
      database.run('INSERT INTO temp.question (rowid, word) VALUES ($at, $word)', { at: at + 1, word })
    }
    const stems = database
      .all('SELECT doc, term FROM temp.question_words ORDER BY doc, offset')
      .map((raw) => stem.parse(raw))
    return words.map((_, at) => stems.filter(({ doc }) => doc === at + 1).map(({ term }) => term))
  }
  const countTerm = (term: string): number => {
    const found = database.get('SELECT doc AS n FROM memories_words WHERE term = $term', { term })
    return found === null ? 0 : count.parse(found).n
  }
  /** What the last word may also be, as a word and as a beginning. */
  const finish = (
    beginning: string,
    most: number,
  ): Partial<Pick<ChosenWords, 'beginning'>> & { word?: string } => {
    const term = listStems([beginning])[0]?.at(-1)
    if (term === undefined) return {}
    const endings = database
      .all(
        `SELECT doc AS n FROM memories_words WHERE term >= $term AND term < $term || char(0x10ffff) LIMIT ${MAX_ENDINGS + 1}`,
        { term },
      )
      .map((raw) => count.parse(raw).n)
    if (endings.length > MAX_ENDINGS || endings.reduce((sum, n) => sum + n, 0) > most) return {}
    if (endings.length > 0) return { beginning }
    if (/[_-]/.test(beginning)) return {}
    for (let taken = 1; taken <= LONGEST_ENDING && term.length - taken > SHORTEST_BEGINNING; taken++) {
      const word = term.slice(0, -taken).toWellFormed()
      const found = countTerm(word)
      if (found > 0) return found > most ? {} : { word }
    }
    return {}
  }
  return (question) => {
    const words = splitQuestion(question)
    const total = count.parse(database.get('SELECT coalesce(max(rid), 0) AS n FROM memories')).n
    const few = total < FEW_MEMORIES
    const most = few ? FEW_MEMORIES : Math.min(MAX_ENDED, total * COMMON)
    const last = findBeginning(question)
    const { word, beginning = null } = last === null ? {} : finish(last, most)
    const all = word === undefined || words.includes(word) ? words : [...words, word]
    if (few) return { words: all, beginning, areCommon: false }
    const stems = listStems(all)
    const isCommon = (at: number) => (stems[at] ?? []).every((term) => countTerm(term) > total * COMMON)
    const rare = all.filter((_, at) => !isCommon(at))
    if (rare.length > 0) return { words: rare, beginning, areCommon: false }
    return { words: all, beginning, areCommon: beginning === null }
  }
}
