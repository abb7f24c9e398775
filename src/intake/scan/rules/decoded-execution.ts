import { deepHas, FROM, has } from '../code/value.ts'
import { CERTAIN, DOUBTFUL, factsOf, SUSPICIOUS, type CodeRule, type Match } from './rule.ts'

/** Code that is only readable once it runs. */
export const decodedExecution: CodeRule = {
  id: 'code.decoded_execution',
  reason:
    'Code is decoded (base64, hex, compressed, characters by number) and run: what it does cannot be read.',
  fix: 'Write the code as code.',
  cwe: 'CWE-506',
  check: (source) =>
    factsOf(source, 'eval', 'shell', 'load').flatMap((fact): Match[] => {
      const [code] = fact.args
      if (code === undefined) return []
      if (deepHas(code, FROM.decoded)) {
        const isLoad = fact.role === 'load'
        return [{ ...(isLoad ? SUSPICIOUS : CERTAIN), at: fact.at }]
      }
      if (fact.role === 'eval' && has(code, FROM.built)) return [{ ...DOUBTFUL, at: fact.at }]
      return []
    }),
}
