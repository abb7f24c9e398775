import { DROP_HOST } from '../code/paths.ts'
import { deepHas, FROM } from '../code/value.ts'
import {
  DOUBTFUL,
  factsOf,
  LIKELY,
  NOTED,
  SUSPICIOUS,
  textOf,
  valuesOf,
  type CodeRule,
  type Match,
} from './rule.ts'

/** Who and where the machine is, or what somebody typed or looked at, goes to a place on the network. */
export const machineReport: CodeRule = {
  id: 'code.machine_report',
  reason: 'Names and addresses of the machine, its user or what is on the screen are sent away.',
  fix: 'Do not send them; say in the description what is sent and why, where it is needed.',
  cwe: 'CWE-359',
  check: (source) =>
    factsOf(source, 'send').flatMap((fact): Match[] => {
      const values = valuesOf(fact)
      if (values.some((value) => deepHas(value, FROM.watched))) return [{ ...LIKELY, at: fact.at }]
      if (!values.some((value) => deepHas(value, FROM.machine))) return []
      if (DROP_HOST.test(textOf(fact))) return [{ ...SUSPICIOUS, at: fact.at }]
      const names = source.facts.filter(({ name }) =>
        /^(?:socket\.gethostname|getpass\.getuser|os\.(?:getlogin|uname|hostname|userInfo|networkInterfaces)|platform\.(?:node|uname)|uuid\.getnode)$/.test(
          name,
        ),
      )
      if (fact.isTop || source.isInstall) return [{ ...DOUBTFUL, at: fact.at }]
      return [{ ...(new Set(names.map(({ name }) => name)).size >= 2 ? DOUBTFUL : NOTED), at: fact.at }]
    }),
}
