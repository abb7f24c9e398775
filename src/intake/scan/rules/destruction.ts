import type { Fact } from '../code/facts.ts'
import { CERTAIN, DOUBTFUL, factsOf, textOf, type CodeRule, type Match } from './rule.ts'

const ROOT =
  /^(?:~|\/|[A-Z]:[\\/]{0,2}|(?:~|\/(?:home|root|etc|usr|var|boot|bin|lib|opt|srv|Users)?)(?:\/\*?)?|\/\*)$/
const NO_ROOT_GUARD = /--no-preserve-root/
const CIPHER = /Fernet\(\)\.encrypt|AES\.new\(\)\.encrypt|Cipher\(\)|createCipheriv|\.encrypt$/

/** Whole file systems, homes, or everything in them. */
export const destruction: CodeRule = {
  id: 'code.destruction',
  reason: 'The program deletes, overwrites or encrypts whole directories of the machine.',
  fix: 'Delete by name what the server made itself, below /data or /tmp.',
  cwe: 'CWE-506',
  check(source) {
    const matches = source.facts.flatMap((fact): Match[] => {
      if (fact.role === 'delete' && isRoot(fact)) return [{ ...CERTAIN, at: fact.at }]
      if (NO_ROOT_GUARD.test(textOf(fact)) && fact.role !== 'call') return [{ ...CERTAIN, at: fact.at }]
      if (/^sh:(?:mkfs(?:\.\w+)?|wipefs|fork-bomb)$/.test(fact.name)) return [{ ...CERTAIN, at: fact.at }]
      if (fact.name === 'sh:dd' && /of=\/dev\/(?:sd|nvme|hd|vd|mem)/.test(textOf(fact)))
        return [{ ...CERTAIN, at: fact.at }]
      if (
        fact.name === 'sh:find' &&
        /^(?:~|\/(?:home|root)?)\/?\s.*-delete|^(?:~|\/)\s.*-exec\s+(?:rm|shred)/.test(textOf(fact))
      )
        return [{ ...CERTAIN, at: fact.at }]
      if (fact.role === 'write' && /^\/dev\/(?:sd|nvme|hd|vd)/.test(fact.args[0]?.text ?? ''))
        return [{ ...CERTAIN, at: fact.at }]
      return []
    })
    return matches.concat(findRansom(source.facts, factsOf(source, 'delete', 'write')))
  },
}

function isRoot({ name, args }: Fact): boolean {
  const paths = name.startsWith('sh:')
    ? args.flatMap(({ text }) => (text ?? '').split(/\s+/))
    : [args[0]?.text ?? '']
  const isRecursive =
    !name.startsWith('sh:rm') || args.some(({ text }) => /^-\w*[rR]|^--recursive/.test(text ?? ''))
  return isRecursive && paths.some((path) => path !== '' && ROOT.test(path))
}

/** Walks over everything, encrypts it, and takes the original away. */
function findRansom(facts: readonly Fact[], changed: readonly Fact[]): Match[] {
  const walk = facts.find(
    (fact) =>
      /^os\.walk$|\.rglob$|^glob\.glob$|fs\.readdir(?:Sync)?$/.test(fact.name) &&
      /~|^\/|\uFFFC|Documents|home/.test(textOf(fact)),
  )
  const cipher = facts.find(({ name }) => CIPHER.test(name))
  const isWhole = facts.find(
    (fact) => fact.name === 'os.walk' && /^(?:~|\/(?:home|root)?)\/?$/.test(fact.args[0]?.text ?? ''),
  )
  if (isWhole !== undefined && changed.some(({ role }) => role === 'delete'))
    return [{ ...DOUBTFUL, at: isWhole.at }]
  const isSwapping =
    changed.some(({ role }) => role === 'delete') && changed.some(({ role }) => role === 'write')
  return walk !== undefined && cipher !== undefined && isSwapping ? [{ ...DOUBTFUL, at: cipher.at }] : []
}
