import { CREDENTIAL_PATH } from '../code/paths.ts'
import { constantOf, deepHas, FROM } from '../code/value.ts'
import { CERTAIN, DOUBTFUL, factsOf, NOTED, SUSPICIOUS, valuesOf, type CodeRule, type Match } from './rule.ts'

/** Files with other programs' credentials. */
export const credentialTheft: CodeRule = {
  id: 'code.credential_theft',
  reason: 'Files that hold credentials of other programs (keys, tokens, wallets, browsers) are read or sent.',
  fix: 'Take credentials as secrets of this server; leave those of others alone.',
  cwe: 'CWE-522',
  check(source) {
    const sent = factsOf(source, 'send')
    const stolen = sent
      .filter((fact) => valuesOf(fact).some((value) => deepHas(value, FROM.credentials)))
      .map(({ at }): Match => ({ ...CERTAIN, at }))
    if (stolen.length > 0) return stolen
    const named = source.strings.filter(({ text }) => text.length < 200 && CREDENTIAL_PATH.test(text))
    const isSending = sent.some((fact) => valuesOf(fact).some((value) => constantOf(value) === null))
    const read = factsOf(source, 'read', 'spawn', 'call').filter((fact) =>
      valuesOf(fact).some(({ text }) => text !== null && text.length < 300 && CREDENTIAL_PATH.test(text)),
    )
    const [place] = [...read, ...named]
    if (place === undefined) return []
    const kinds = new Set(named.map(({ text }) => text)).size
    if (isSending && kinds >= 2) return [{ ...SUSPICIOUS, at: place.at }]
    if (isSending || kinds >= 4) return [{ ...DOUBTFUL, at: place.at }]
    return read.length > 0 ? [{ ...NOTED, at: place.at }] : []
  },
}
