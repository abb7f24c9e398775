import { deepHas, FROM } from '../code/value.ts'
import { CERTAIN, DOUBTFUL, factsOf, LIKELY, SUSPICIOUS, type CodeRule, type Match } from './rule.ts'

/** Whoever answers on the network decides what runs here. */
export const remoteExecution: CodeRule = {
  id: 'code.remote_execution',
  reason: 'What comes from the network is run: whoever answers there decides what happens here.',
  fix: 'Pack the code, or fetch data that is parsed and never run.',
  cwe: 'CWE-494',
  check: (source) =>
    factsOf(source, 'eval', 'shell', 'load', 'spawn').flatMap((fact): Match[] => {
      const [code] = fact.args
      if (code === undefined || !deepHas(code, FROM.network)) return []
      if (fact.role === 'spawn') return source.language === 'bash' ? [] : [{ ...DOUBTFUL, at: fact.at }]
      // Installers are made so; that is a habit, and a bad one.
      if (source.language === 'bash') return [{ ...SUSPICIOUS, at: fact.at }]
      if (fact.role === 'load') return [{ ...SUSPICIOUS, at: fact.at }]
      return [{ ...(fact.role === 'shell' ? LIKELY : CERTAIN), at: fact.at }]
    }),
}
