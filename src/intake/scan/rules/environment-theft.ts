import type { Fact } from '../code/facts.ts'
import { deepHas, FROM } from '../code/value.ts'
import {
  CERTAIN,
  DOUBTFUL,
  factsOf,
  listHandedOn,
  SUSPICIOUS,
  textOf,
  valuesOf,
  type CodeRule,
  type Match,
} from './rule.ts'

const FOREIGN =
  /^(?:AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|GITHUB_TOKEN|GH_TOKEN|NPM_TOKEN|PYPI_TOKEN|SSH_AUTH_SOCK|KUBECONFIG)$/
/** Where such a value belongs; the secret key of AWS signs, and is sent nowhere. */
const OWNERS: readonly (readonly [RegExp, RegExp])[] = [
  [/^AWS_SECRET_ACCESS_KEY$/, /amazonaws|localhost|127\.0\.0\.1/i],
  [/^(?:GITHUB_TOKEN|GH_TOKEN)$/, /git|localhost|127\.0\.0\.1/i],
  [/^(?:NPM_TOKEN)$/, /npm|registry|git|localhost|127\.0\.0\.1/i],
]
const SHOWN = 'A tool answers with the whole environment, with whatever secrets are in it.'
/** Ways out that look like something else. */
const COVERT = /^(?:scapy|icmplib|ping3)\.|^socket\.get|^dns[.]|^sh:(?:dig|nslookup|host)$/
const RESOLVES = /^(?:socket|dns)|^sh:/
const COVERED = 'A value of the environment leaves in what looks like a look-up of names or a ping.'
const HOST = /(?:https?:)?\/\/([\w.-]+)/

/** All variables, or several that belong to others, leave the machine. */
export const environmentTheft: CodeRule = {
  id: 'code.environment_theft',
  reason: 'The environment, with whatever secrets are in it, is sent away.',
  fix: 'Send the one value that the service needs.',
  cwe: 'CWE-200',
  check(source) {
    const sent = factsOf(source, 'send')
    const whole = sent
      .filter((fact) => valuesOf(fact).some((value) => deepHas(value, FROM.environment)))
      .map(({ at }): Match => ({ ...CERTAIN, at }))
    const foreign = new Set(
      [...source.strings.map(({ text }) => text), ...source.names].filter((text) => FOREIGN.test(text)),
    )
    const some = sent.filter((fact) => valuesOf(fact).some((value) => deepHas(value, FROM.variable)))
    const all = source.strings.map(({ text }) => text)
    const covert = factsOf(source, 'send').filter(
      (fact) =>
        COVERT.test(fact.name) &&
        valuesOf(fact).some((value) => deepHas(value, FROM.variable | FROM.credentials)) &&
        (!RESOLVES.test(fact.name) ||
          valuesOf(fact).some(({ text }) => text !== null && /\uFFFC.*\.[a-z]/.test(text))),
    )
    const found = some.filter((fact) => foreign.size >= 3 || isElsewhere(fact, all, foreign)).slice(0, 1)
    return [
      ...whole,
      ...found.map(({ at }): Match => ({ ...DOUBTFUL, at })),
      ...covert.map(({ at }): Match => ({ ...DOUBTFUL, at, reason: COVERED })),
      ...listHandedOn(source, FROM.environment).map(({ at }): Match => ({ ...SUSPICIOUS, at })),
      ...factsOf(source, 'answer')
        .filter((fact) => valuesOf(fact).some((value) => deepHas(value, FROM.environment)))
        .map(({ at }): Match => ({ ...SUSPICIOUS, at, reason: SHOWN })),
    ]
  },
}

/** The token of one service goes to a host of another that stands in the source. */
function isElsewhere(fact: Fact, strings: readonly string[], foreign: ReadonlySet<string>): boolean {
  const own = HOST.exec(textOf(fact))?.[1]
  const hosts = own === undefined ? strings.flatMap((text) => HOST.exec(text)?.[1] ?? []) : [own]
  if (hosts.length === 0) return false
  const owners = OWNERS.filter(([token]) => [...foreign].some((name) => token.test(name)))
  return owners.length > 0 && owners.every(([, owner]) => !hosts.some((host) => owner.test(host)))
}
