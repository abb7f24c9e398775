import { DOUBTFUL, type CodeRule, type Match } from './rule.ts'

/** Ethereum, Bitcoin, Tron. */
const WALLET =
  /^(?:0x[0-9a-fA-F]{40}|bc1[0-9a-z]{25,59}|[13][1-9A-HJ-NP-Za-km-z]{30,33}|T[1-9A-HJ-NP-Za-km-z]{33})$/
const ADDRESS = /^[\w.+-]+@[\w-]+\.[\w.-]+$/

/** A copy of every mail to an address that stands in the source. */
export const hiddenRecipient: CodeRule = {
  id: 'code.hidden_recipient',
  reason: 'Every message is also sent to an address that stands in the source.',
  fix: 'Take the recipients from whoever calls the tool.',
  cwe: 'CWE-200',
  check: ({ text, strings, facts }) => [
    ...facts
      .filter(
        ({ name, args }) =>
          /\.(?:replace|replaceAll|sub)$/.test(name) && args.some((value) => WALLET.test(value.text ?? '')),
      )
      .map(({ at }): Match => ({
        ...DOUBTFUL,
        at,
        reason: 'Addresses of wallets are replaced by one that stands in the source.',
      })),
    ...strings.flatMap((found): Match[] => {
      if (!ADDRESS.test(found.text)) return []
      const before = text.slice(Math.max(0, found.at - 60), found.at)
      return /\bbcc\b["'\])]*\s*(?::|=|,|\+=|\.push\(|\.append\()\s*\[?\s*$/i.test(before)
        ? [{ ...DOUBTFUL, at: found.at }]
        : []
    }),
  ],
}
