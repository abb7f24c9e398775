import { factsOf, SUSPICIOUS, type CodeRule, type Match } from './rule.ts'

/** What an installer runs before anybody has looked at the program. */
export const installAbuse: CodeRule = {
  id: 'code.install_abuse',
  reason: 'The installation itself starts programs or talks to the network.',
  fix: 'Install files only; let the server do its work when it runs.',
  cwe: 'CWE-506',
  check(source) {
    if (!source.isInstall) return []
    return factsOf(source, 'send', 'shell', 'spawn', 'eval').flatMap((fact): Match[] => {
      const isReadingVersion =
        fact.role === 'eval' &&
        /version|__about__|\bmain_ns\b/.test(source.text.slice(fact.at, fact.at + 200))
      const isGit =
        /^(?:subprocess\.\w+)$/.test(fact.name) &&
        /['"]git['"]|git describe/.test(source.text.slice(fact.at, fact.at + 120))
      return isReadingVersion || isGit ? [] : [{ ...SUSPICIOUS, at: fact.at }]
    })
  },
}
