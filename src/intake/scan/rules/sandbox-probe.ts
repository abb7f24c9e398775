import { METADATA_ADDRESS, PROBE_PATH } from '../code/paths.ts'
import { DOUBTFUL, factsOf, NOTED, SUSPICIOUS, textOf, valuesOf, type CodeRule, type Match } from './rule.ts'

const ESCAPE = /^sh:(?:nsenter|unshare|insmod|modprobe|setcap|capsh)$/
const DOOR =
  /docker\.sock|kubernetes|kcore|sysrq|release_agent|\/proc\/1\/|\/dev\/(?:mem|kmem|sd)|\/environ|\/mem$/
const CONTAINER = /\bdocker\s+run\b.*(?:--privileged|-v\s+\/:|--pid[= ]host)/

/** Doors out of a container, the cloud's keys, or whether somebody watches. */
export const sandboxProbe: CodeRule = {
  id: 'code.sandbox_probe',
  reason:
    'The program looks for a way out of its sandbox, for keys of the cloud, or for whether it is watched.',
  fix: 'Remove it; a server sees what the platform shows it.',
  cwe: 'CWE-265',
  check(source) {
    const matches = source.facts.flatMap((fact): Match[] => {
      const text = textOf(fact)
      if (ESCAPE.test(fact.name) || CONTAINER.test(`${fact.name.replace('sh:', '')} ${text}`))
        return [{ ...SUSPICIOUS, at: fact.at }]
      if (fact.role === 'send' && METADATA_ADDRESS.test(text)) return [{ ...SUSPICIOUS, at: fact.at }]
      const path = valuesOf(fact).find(
        ({ text: word }) => word !== null && word.length < 200 && PROBE_PATH.test(word),
      )
      if (path === undefined) return []
      return [{ ...(DOOR.test(path.text ?? '') ? DOUBTFUL : NOTED), at: fact.at }]
    })
    if (matches.length > 0) return matches
    const address = source.strings.find(
      ({ text }) => text.length < 300 && METADATA_ADDRESS.test(text) && /^https?:/.test(text),
    )
    return address === undefined || factsOf(source, 'send').length === 0
      ? []
      : [{ ...DOUBTFUL, at: address.at }]
  },
}
