import { hasStrangeEncoding } from '../code/needs-reading.ts'
import { DOUBTFUL, SUSPICIOUS, type CodeRule, type Match } from './rule.ts'

/** Bidirectional controls (CVE-2021-42574), tags, and selectors in a row that carry data. */
const REORDERING = /[\u202A-\u202E\u2066-\u2069]/
const TAGS = /[\u{E0001}\u{E0020}-\u{E007F}]{2}/u
const CARRIERS = /[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]{4}/u
const INVISIBLE_RUN = /[\u200B-\u200D\u2060-\u2064\uFEFF]{3}/
/** An identifier of Latin letters with one of another script that looks the same. */
const MIXED =
  /[A-Za-z_$][\w$]*[\u0430\u0435\u043E\u0440\u0441\u0445\u0443\u0456\u03BF\u03B1\u0391\u0410\u0412\u0415\u041E\u0420\u0421][\w$]*|[\u0430\u0435\u043E\u0440\u0441\u0445\u0443\u0456][A-Za-z_$][\w$]*/u

const ENCODED = 'The source names an encoding in which other letters run than those that are seen.'

export const hiddenUnicode: CodeRule = {
  id: 'code.hidden_unicode',
  reason: 'Invisible or look-alike characters make the source read otherwise than it runs.',
  fix: 'Remove them; write such characters as escapes where they are meant.',
  cwe: 'CWE-1007',
  check({ language, text, identifiers }) {
    const matches: Match[] = []
    if (language === 'python' && hasStrangeEncoding(text))
      matches.push({ ...SUSPICIOUS, at: 0, reason: ENCODED })
    for (const pattern of [REORDERING, TAGS, CARRIERS, INVISIBLE_RUN]) {
      const at = text.search(pattern)
      if (at >= 0) matches.push({ ...SUSPICIOUS, at })
    }
    const mixed = [...identifiers.keys()].find((name) => MIXED.test(name))
    if (mixed !== undefined) matches.push({ ...DOUBTFUL, at: Math.max(0, text.indexOf(mixed)) })
    return matches
  },
}
