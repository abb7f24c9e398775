import { DOUBTFUL, type CodeRule, type Match } from './rule.ts'

const ADDRESS = /^[\w.+-]+@[\w-]+\.[\w.-]+$/

/** A copy of every mail to an address that stands in the source. */
export const hiddenRecipient: CodeRule = {
  id: 'code.hidden_recipient',
  reason: 'Every message is also sent to an address that stands in the source.',
  fix: 'Take the recipients from whoever calls the tool.',
  cwe: 'CWE-200',
  check: ({ text, strings }) =>
    strings.flatMap((found): Match[] => {
      if (!ADDRESS.test(found.text)) return []
      const before = text.slice(Math.max(0, found.at - 60), found.at)
      return /\bbcc\b["'\])]*\s*(?::|=|,|\+=|\.push\(|\.append\()\s*\[?\s*$/i.test(before)
        ? [{ ...DOUBTFUL, at: found.at }]
        : []
    }),
}
