import { deepHas, FROM } from '../code/value.ts'
import { DOUBTFUL, factsOf, NOTED, type CodeRule, type Match } from './rule.ts'

/** Formats whose reading runs code. */
export const unsafeLoad: CodeRule = {
  id: 'code.unsafe_load',
  reason: 'Bytes are turned into objects by a format that can run code while it is read.',
  fix: 'Use JSON, or the safe loader of the library.',
  cwe: 'CWE-502',
  check: (source) =>
    factsOf(source, 'load').flatMap((fact): Match[] => {
      const [bytes] = fact.args
      if (bytes === undefined) return []
      if (
        /^yaml\.load$/.test(fact.name) &&
        /SafeLoader|CSafeLoader|safe/.test(source.text.slice(fact.at, fact.at + 200))
      )
        return []
      if (deepHas(bytes, FROM.argument)) return [{ ...DOUBTFUL, at: fact.at }]
      return /^(?:marshal|types)\./.test(fact.name)
        ? [{ ...NOTED, at: fact.at }]
        : [{ severity: 'low', confidence: 'medium', at: fact.at }]
    }),
}
