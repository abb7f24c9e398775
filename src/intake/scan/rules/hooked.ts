import type { Fact, SourceFacts } from '../code/facts.ts'
import { HOLE } from '../code/value.ts'
import { DOUBTFUL, factsOf, SUSPICIOUS, textOf, type CodeRule, type Match } from './rule.ts'

/** What loads every module, and what every request goes through. */
const LOADERS =
  /^module\.(?:prototype\.(?:require|_compile)|_load|_resolveFilename|_extensions\.\S+)$|^require\.extensions\.\S+$|^builtins\.(?:__import__|open|exec|eval|input)$/i
const CLIENTS =
  /^(?:https?\.(?:request|get)|fetch|globalThis\.fetch|XMLHttpRequest\.prototype\.\w+|child_process\.\w+|process\.std(?:in|out)\.\w+|requests\.(?:Session\.\w+|sessions\.Session\.\w+|api\.\w+|get|post|request)|httpx\.\w+(?:\.\w+)?|urllib\.request\.urlopen|http\.client\.HTTPS?Connection\.\w+|socket\.socket(?:\.\w+)?|ssl\.\w+|aiohttp\.ClientSession\.\w+|subprocess\.\w+|sys\.std(?:in|out)(?:\.\w+)?)$/

/** Makes every program that starts later load something first. */
const PRELOADS = /^env:(?:LD_PRELOAD|LD_AUDIT|BASH_ENV|PROMPT_COMMAND|PYTHONSTARTUP|DYLD_INSERT_LIBRARIES)$/
const ALLOCATORS = /jemalloc|tcmalloc|mimalloc|lib[atu]san|faketime|libgtk|^$/

/** A function of the program's own in the place of one that others use. */
export const hooked: CodeRule = {
  id: 'code.hooked',
  reason:
    'A function that everything else in the process uses (loading, requests, programs) is replaced: it sees and changes what passes.',
  fix: 'Call your own function by its own name.',
  cwe: 'CWE-506',
  check(source) {
    const preloads = factsOf(source, 'patch').filter(({ name, args }) => {
      const text = args[0]?.text ?? HOLE
      if (name === 'env:NODE_OPTIONS')
        return /--(?:require|import|loader|experimental-loader)\b|-r\s/.test(text)
      return PRELOADS.test(name) && !ALLOCATORS.test(text)
    })
    const isOwn = ({ args }: Fact) => args[0] !== undefined && args[0].fn !== null
    const patches = factsOf(source, 'patch').filter(isOwn)
    const isSending = factsOf(source, 'send', 'write').length > 0
    const taps = source.facts.filter(
      (fact) =>
        /\.interceptors\.request\.use$|\.hooks\.beforeRequest\.push$/.test(fact.name) &&
        sendsElsewhere(source, fact),
    )
    return [...preloads, ...taps]
      .map(({ at }): Match => ({ ...DOUBTFUL, at }))
      .concat(
        patches.flatMap(({ name, at }): Match[] => {
          if (LOADERS.test(name)) return [{ ...(isSending ? SUSPICIOUS : DOUBTFUL), at }]
          return CLIENTS.test(name) && isSending ? [{ ...DOUBTFUL, at }] : []
        }),
      )
  },
}

/** Whoever watches every request sends something to a place of its own. */
function sendsElsewhere(source: SourceFacts, tap: Fact): boolean {
  const node = tap.args.find(({ fn }) => fn !== null)?.fn?.node
  if (node === undefined) return false
  return factsOf(source, 'send').some(
    (fact) => fact.at > node.start && fact.at < node.end && /\b[\w-]+\.[a-z]{2,}\b/.test(textOf(fact)),
  )
}
