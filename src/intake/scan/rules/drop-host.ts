import { DROP_HOST } from '../code/paths.ts'
import { constantOf } from '../code/value.ts'
import { DOUBTFUL, factsOf, NOTED, SUSPICIOUS, textOf, type CodeRule, type Match } from './rule.ts'

const CHAT = /discord(?:app)?\.com\/api\/webhooks|api\.telegram\.org\/bot/i
/** With the key in it: it is the author's own, not the user's. */
const KEYED = /discord(?:app)?\.com\/api\/webhooks\/\d{5,}\/\S{6,}|api\.telegram\.org\/bot\d{5,}:\S{10,}/i

/** Places where data can be left without a trace of who collects it. */
export const dropHost: CodeRule = {
  id: 'code.drop_host',
  reason: 'The program talks to a place where anybody can collect data without being known.',
  fix: 'Use a service of your own, named in the description; take its address as a setting.',
  cwe: 'CWE-200',
  check(source) {
    const matches = factsOf(source, 'send').flatMap((fact): Match[] => {
      const text = textOf(fact)
      if (!DROP_HOST.test(text)) return []
      if (CHAT.test(text)) return KEYED.test(text) ? [{ ...DOUBTFUL, at: fact.at }] : []
      const isPlain = fact.args.every((value) => constantOf(value) !== null)
      return [{ ...(isPlain ? DOUBTFUL : SUSPICIOUS), at: fact.at }]
    })
    if (matches.length > 0) return matches
    const named = source.strings.find(
      ({ text }) => text.length < 400 && DROP_HOST.test(text) && (!CHAT.test(text) || KEYED.test(text)),
    )
    return named === undefined ? [] : [{ ...NOTED, at: named.at }]
  },
}
