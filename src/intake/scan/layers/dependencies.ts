/** L4: what is installed besides the archive's own files. */
import type { RawFinding } from '../raw-finding.ts'
import type { ScannedFile } from '../scanned-file.ts'
import { KNOWN_BAD } from './known-bad.ts'
import type { Advisories } from './osv.ts'
import { NEIGHBOURS_NPM, NEIGHBOURS_PYTHON, POPULAR_NPM, POPULAR_PYTHON } from './popular-packages.ts'
import { readDependencies, readInstallScripts, type Dependency } from './read-dependencies.ts'

/** Shorter names have too many honest neighbours. */
const SHORTEST_IMITATED = 5

export function createDependencyLayer(advisories: Advisories | null) {
  const dependencies: Dependency[] = []
  const findings: RawFinding[] = []
  return {
    add(file: ScannedFile): void {
      dependencies.push(...readDependencies(file))
      for (const { name, file: path } of readInstallScripts(file)) findings.push(buildScripted(name, path))
    },
    finish(): RawFinding[] {
      const lockedIn = new Set(dependencies.filter(({ locked }) => locked).map(({ ecosystem }) => ecosystem))
      for (const dependency of dependencies) {
        findings.push(...judge(dependency, lockedIn.has(dependency.ecosystem), advisories))
      }
      return findings
    },
  }
}

function judge(dependency: Dependency, isLocked: boolean, advisories: Advisories | null): RawFinding[] {
  const known = judgeKnownBad(dependency)
  if (known !== null) return [known]
  const imitated = dependency.locked ? null : findImitated(dependency)
  return [
    ...(imitated === null ? [] : [buildImitation(dependency, imitated)]),
    ...judgeSource(dependency),
    ...judgeRange(dependency, isLocked),
    ...(advisories?.find(dependency).map((advisory) => advisory.finding(dependency)) ?? []),
  ]
}

function place({ file, line, name, spec }: Dependency) {
  return { file, line, evidence: `${name} ${spec}` }
}

function judgeKnownBad(dependency: Dependency): RawFinding | null {
  const entry = KNOWN_BAD.find(
    ({ ecosystem, name }) => ecosystem === dependency.ecosystem && name === dependency.name,
  )
  if (entry === undefined) return null
  const { versions } = entry
  const isBad = versions === null || (dependency.version !== null && versions.includes(dependency.version))
  if (!isBad) return null
  return {
    ruleId: 'dependency.known_bad',
    severity: 'critical',
    confidence: 'high',
    ...place(dependency),
    reason: `${entry.name}${versions === null ? '' : ` ${dependency.version}`} ${entry.what} (${entry.source}).`,
    fix: versions === null ? 'Remove it.' : 'Take a version that its authors published afterwards.',
    cwe: 'CWE-506',
  }
}

function judgeSource(dependency: Dependency): RawFinding[] {
  const { spec, name, locked } = dependency
  if (locked) return []
  const address =
    /^(?:@\s*)?((?:git(?:\+\w+)?|https?|ssh|github|gitlab|bitbucket):\S+)|^[\w.-]+\/[\w.-]+(?:#.*)?$/.exec(
      spec === '' ? name : spec,
    )
  if (address === null) return []
  const isPinned = /[@#][0-9a-f]{40}\b|#sha256=[0-9a-f]{64}/.test(spec)
  const isPlain = /^(?:@\s*)?(?:git\+)?http:/.test(spec)
  return [
    {
      ruleId: 'dependency.address',
      severity: isPlain ? 'high' : isPinned ? 'low' : 'medium',
      confidence: 'high',
      ...place(dependency),
      reason: isPlain
        ? 'A dependency comes over plain http: whoever sits on the way can change it.'
        : 'A dependency comes from an address instead of a package source, so nobody has published it under a name.',
      fix: 'Depend on a published version, or pin the commit and its hash.',
      cwe: 'CWE-494',
    },
  ]
}

function judgeRange(dependency: Dependency, isLocked: boolean): RawFinding[] {
  const { spec, version, development, locked } = dependency
  if (locked || isLocked || development || version !== null) return []
  const isOpen = spec === '' || spec === '*' || spec === 'latest' || /^>=?\s*[\d.]+$/.test(spec)
  return [
    {
      ruleId: 'dependency.unpinned',
      severity: isOpen ? 'low' : 'info',
      confidence: 'high',
      ...place(dependency),
      reason:
        'What is installed is decided on the day of the installation, by whoever publishes the package.',
      fix: 'Add a lock file, or name the exact version.',
      cwe: 'CWE-1357',
    },
  ]
}

/** The popular name that this one is one letter away from; null for names that are known to be honest. */
function findImitated({ ecosystem, name }: Pick<Dependency, 'ecosystem' | 'name'>): string | null {
  const popular = ecosystem === 'npm' ? POPULAR_NPM : POPULAR_PYTHON
  const honest = ecosystem === 'npm' ? NEIGHBOURS_NPM : NEIGHBOURS_PYTHON
  if (name.length < SHORTEST_IMITATED || popular.has(name) || honest.has(name)) return null
  if (name.startsWith('@') && !name.startsWith('@modelcontext')) return null
  for (const other of popular) if (isOneEditAway(name, other)) return other
  return null
}

/** One letter more, less or other, or two neighbours exchanged. */
function isOneEditAway(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false
  let start = 0
  while (start < one.length && one[start] === other[start]) start++
  let end = 0
  const shorter = Math.min(one.length, other.length)
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end++
  const left = one.length - start - end
  const right = other.length - start - end
  if (Math.max(left, right) === 1) return true
  return left === 2 && right === 2 && one[start] === other[start + 1] && one[start + 1] === other[start]
}

function buildImitation(dependency: Dependency, imitated: string): RawFinding {
  return {
    ruleId: 'dependency.typosquat',
    severity: 'high',
    confidence: 'medium',
    ...place(dependency),
    reason: `"${dependency.name}" is one letter away from "${imitated}": a slip, or a package that waits for one.`,
    fix: `Write "${imitated}" if that is meant; else suppress this finding with a reason.`,
    cwe: 'CWE-1357',
  }
}

function buildScripted(name: string, file: string): RawFinding {
  return {
    ruleId: 'dependency.install_script',
    severity: 'info',
    confidence: 'high',
    file,
    line: null,
    evidence: name,
    reason: `${name} runs a script of its own when it is installed; the platform leaves such scripts out.`,
    fix: 'Check that the server works without it.',
    cwe: null,
  }
}
