import { CREDENTIAL_PATH } from '../code/paths.ts'
import { constantOf, deepHas, FROM } from '../code/value.ts'
import {
  CERTAIN,
  DOUBTFUL,
  factsOf,
  listHandedOn,
  NOTED,
  SUSPICIOUS,
  textOf,
  valuesOf,
  type CodeRule,
  type Match,
} from './rule.ts'

const SEARCHES = /^os\.walk$|\.(?:rglob|glob|readdir(?:Sync)?|sync)$|^(?:glob|fast-glob|globby)(?:\.\w+)?$/
/** All of somebody's home, or of the machine. */
const HOME = /^(?:~|\/|\/home|\/root|\/Users)\/?(?:\*\*.*)?(?:\s|$)/
const SEARCHED = 'All files of a home or of the machine are searched, read, and something is sent away.'

/** A method of a client by which something goes to its service. */
const GIVES =
  /\(\)(?:\.\w+)*\.(?:create|put|post|send|upload|publish|push|insert|emit|store|save|share|submit)\w*$/i

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
    const given = [
      ...listHandedOn(source, FROM.credentials),
      ...factsOf(source, 'call').filter(
        (fact) => GIVES.test(fact.name) && valuesOf(fact).some((value) => deepHas(value, FROM.credentials)),
      ),
      ...factsOf(source, 'answer').filter((fact) =>
        valuesOf(fact).some((value) => deepHas(value, FROM.credentials)),
      ),
    ]
    if (given.length > 0) return given.map(({ at }): Match => ({ ...SUSPICIOUS, at }))
    const search = source.facts.find((fact) => SEARCHES.test(fact.name) && HOME.test(textOf(fact)))
    if (
      search !== undefined &&
      factsOf(source, 'read').length > 0 &&
      sent.some((fact) => valuesOf(fact).some((value) => constantOf(value) === null))
    )
      return [{ ...DOUBTFUL, at: search.at, reason: SEARCHED }]
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
