import { findBrackets } from '../code/needs-reading.ts'
import { DOUBTFUL, SUSPICIOUS, type CodeRule, type Match } from './rule.ts'

const PACKED =
  /eval\(function\(p,a,c,k,e,[dr]\)|\bpyarmor_runtime|__pyarmor__|\b_0x[0-9a-f]{4,6}\b.*\b_0x[0-9a-f]{4,6}\b.*parseInt/s
/** {curl,-s,address}: a command that nobody would write so. */
const BRACED_COMMAND = /(?:^|[;&|(]\s*)\{[\w./-]+,[^\s{}]+\}/m
const MANY_NAMES = 12

/** Source that was made unreadable: nobody can say what it does, the scan neither. */
export const obfuscation: CodeRule = {
  id: 'code.obfuscated',
  reason: 'The source was made unreadable on purpose; nobody can say what it does.',
  fix: 'Pack the source as it was written.',
  cwe: 'CWE-506',
  check({ text, language, identifiers, strings, facts }) {
    const matches: Match[] = []
    const braced = language === 'bash' ? text.search(BRACED_COMMAND) : -1
    if (braced >= 0) matches.push({ ...SUSPICIOUS, at: braced })
    const packed = PACKED.exec(text.slice(0, 200_000))
    if (packed !== null) matches.push({ ...SUSPICIOUS, at: packed.index })
    const brackets = findBrackets(text)
    if (brackets >= 0) matches.push({ ...SUSPICIOUS, at: brackets })
    const machineMade = [...identifiers.keys()].filter((name) => /^_0x[0-9a-f]{4,}$/.test(name))
    const meaningless = [...identifiers.keys()].filter((name) =>
      /^_0x[0-9a-f]{3,}$|^[Il1]{6,}$|^[O0o]{6,}$|^_{5,}\d*$/.test(name),
    )
    const odd = machineMade.length >= 3 ? machineMade : meaningless
    if (odd === machineMade || odd.length >= MANY_NAMES)
      matches.push({ ...SUSPICIOUS, at: Math.max(0, text.indexOf(odd[0] ?? '')) })
    // A long blob beside something that could run it.
    const blob = strings.find(
      ({ text: inside, raw }) =>
        inside.length > 1500 &&
        (/^[A-Za-z0-9+/=\s_-]+$/.test(inside) || /(?:\\x[0-9a-f]{2}){300}/i.test(raw)) &&
        !/^data:|^[a-z\s]+$/i.test(inside),
    )
    const isRunning = facts.some(({ role }) => role === 'eval' || role === 'load')
    if (blob !== undefined && isRunning) matches.push({ ...DOUBTFUL, at: blob.at })
    return matches
  },
}
