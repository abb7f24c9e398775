import { MINER } from '../code/paths.ts'
import { CERTAIN, DOUBTFUL, textOf, type CodeRule } from './rule.ts'

export const miner: CodeRule = {
  id: 'code.miner',
  reason: 'The program has to do with mining of crypto currency.',
  fix: 'Remove it.',
  cwe: 'CWE-506',
  check(source) {
    const used = source.facts.filter((fact) =>
      fact.role !== 'call' || fact.name.startsWith('sh:')
        ? MINER.test(`${fact.name} ${textOf(fact)}`)
        : /stratum\+/.test(textOf(fact)),
    )
    if (used.length > 0) return used.slice(0, 3).map(({ at }) => ({ ...CERTAIN, at }))
    const named = source.strings.find(({ text }) => text.length < 2000 && MINER.test(text))
    if (named === undefined) return []
    return [{ ...(/stratum\+/.test(named.text) ? CERTAIN : DOUBTFUL), at: named.at }]
  },
}
