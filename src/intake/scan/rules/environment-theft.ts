import { deepHas, FROM } from '../code/value.ts'
import { CERTAIN, DOUBTFUL, factsOf, valuesOf, type CodeRule, type Match } from './rule.ts'

const FOREIGN =
  /^(?:AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|GITHUB_TOKEN|GH_TOKEN|NPM_TOKEN|PYPI_TOKEN|SSH_AUTH_SOCK|KUBECONFIG)$/

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
    const foreign = new Set(source.strings.map(({ text }) => text).filter((text) => FOREIGN.test(text)))
    const some = sent.find((fact) => valuesOf(fact).some((value) => deepHas(value, FROM.variable)))
    return foreign.size < 3 || some === undefined ? whole : [...whole, { ...DOUBTFUL, at: some.at }]
  },
}
