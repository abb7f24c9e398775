import type { StringFact } from '../code/facts.ts'
import { constantOf, deepHas, FROM, has } from '../code/value.ts'
import type { Language } from '../scanned-file.ts'
import { CERTAIN, DOUBTFUL, factsOf, LIKELY, SUSPICIOUS, type CodeRule, type Match } from './rule.ts'

/** Text of which nobody would say that somebody wrote it. */
const BLOB =
  /^(?=.*\d)(?=.*[A-Z])(?=.*[a-z])[A-Za-z0-9+/=_-]{16,}\s*$|^(?:[0-9a-f]{2}){6,}$|^(?=.*[!#$%&*~^?@{|}`;].*[!#$%&*~^?@{|}`;])[!-~]{24,}$/

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
        if (fact.role === 'load') return [{ ...SUSPICIOUS, at: fact.at }]
        // Loaders and bundlers unpack what they are given: certain is only what stands here.
        const isHere =
          constantOf(code) !== null ||
          fact.role === 'shell' ||
          source.strings.some((string) => isBlob(string, source.language))
        return [{ ...(isHere ? CERTAIN : LIKELY), at: fact.at }]
      }
      if (fact.role === 'eval' && has(code, FROM.built)) return [{ ...DOUBTFUL, at: fact.at }]
      return []
    }),
}

function isBlob({ text, raw }: StringFact, language: Language): boolean {
  // Python's text of such characters is text; its bytes are what somebody packed.
  return BLOB.test(text) || (/[^\x09-\x7e]{6}/.test(text) && (language !== 'python' || /^r?b/i.test(raw)))
}
