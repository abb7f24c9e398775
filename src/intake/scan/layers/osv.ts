/** Advisories in the OSV format (JSON files), as an operator keeps them: exact versions and simple ranges. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJson, isJsonObject, type Json, type JsonObject } from '../../../domain/json.ts'
import type { RawFinding } from '../raw-finding.ts'
import { normalisePythonName, type Dependency } from './read-dependencies.ts'

export interface Advisories {
  /** How many there are. */
  readonly size: number
  find(dependency: Dependency): readonly Advisory[]
}

type Advisory = { readonly finding: (dependency: Dependency) => RawFinding }
type Affected = {
  readonly id: string
  readonly summary: string
  readonly malicious: boolean
  readonly entry: JsonObject
}

const MAX_FILES = 200_000
const ECOSYSTEMS: Readonly<Record<string, Dependency['ecosystem']>> = { npm: 'npm', PyPI: 'python' }

/** Reads the whole directory; what is no advisory is passed over. */
export function readAdvisories(directory: string): Advisories {
  const byName = new Map<string, Affected[]>()
  let size = 0
  for (const path of readdirSync(directory, { recursive: true, encoding: 'utf8' }).slice(0, MAX_FILES)) {
    if (!path.endsWith('.json')) continue
    const advisory = decodeJson(readFileSync(join(directory, path), 'utf8'))
    if (!isJsonObject(advisory) || typeof advisory['id'] !== 'string' || advisory['withdrawn'] !== undefined)
      continue
    size++
    for (const entry of listOf(advisory['affected'])) {
      const about = isJsonObject(entry['package']) ? entry['package'] : {}
      const { ecosystem: source, name: subject } = about
      const ecosystem = typeof source === 'string' ? ECOSYSTEMS[source] : undefined
      if (ecosystem === undefined || typeof subject !== 'string') continue
      const key = keyOf(ecosystem, subject)
      const { id, summary } = advisory
      const affected = {
        id,
        summary: typeof summary === 'string' ? summary : '',
        malicious: id.startsWith('MAL-'),
        entry,
      }
      byName.set(key, [...(byName.get(key) ?? []), affected])
    }
  }
  return {
    size,
    find: (dependency) =>
      (byName.get(keyOf(dependency.ecosystem, dependency.name)) ?? [])
        .filter(({ entry }) => isAffected(entry, dependency.version))
        .map((affected) => ({ finding: (found) => buildFinding(affected, found) })),
  }
}

function keyOf(ecosystem: string, name: string): string {
  return `${ecosystem}:${ecosystem === 'python' ? normalisePythonName(name) : name.toLowerCase()}`
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

/** Without a certain version only an advisory for all versions counts. */
function isAffected(entry: JsonObject, version: string | null): boolean {
  const versions = Array.isArray(entry['versions']) ? entry['versions'] : []
  const ranges = listOf(entry['ranges'])
  if (version !== null && versions.includes(version)) return true
  return ranges.some((range) => {
    const events = listOf(range['events'])
    const hasEnd = events.some((event) => 'fixed' in event || 'last_affected' in event)
    if (version === null) return !hasEnd && events.some((event) => event['introduced'] === '0')
    let isIn = false
    for (const event of events) {
      if (typeof event['introduced'] === 'string' && compareVersions(version, event['introduced']) >= 0)
        isIn = true
      if (typeof event['fixed'] === 'string' && compareVersions(version, event['fixed']) >= 0) isIn = false
      if (typeof event['last_affected'] === 'string' && compareVersions(version, event['last_affected']) > 0)
        isIn = false
    }
    return isIn
  })
}

/** By numbers, part by part; a pre-release comes before its release. */
function compareVersions(one: string, other: string): number {
  const parts = (text: string) => text.replace(/^v/, '').split(/[.+-]/)
  const left = parts(one)
  const right = parts(other)
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = rank(left[index]) - rank(right[index])
    if (order !== 0) return order
  }
  return 0
}

/** A word such as `rc1` comes before nothing, nothing is 0. */
function rank(part: string | undefined): number {
  if (part === undefined) return 0
  return /^\d+$/.test(part) ? Number(part) : -1
}

function buildFinding({ id, summary, malicious }: Affected, dependency: Dependency): RawFinding {
  return {
    ruleId: malicious ? 'dependency.malicious' : 'dependency.vulnerable',
    severity: malicious ? 'critical' : 'medium',
    confidence: 'high',
    file: dependency.file,
    line: dependency.line,
    evidence: `${dependency.name} ${dependency.version ?? dependency.spec} ${id}`,
    reason: `${id} is about ${dependency.name} ${dependency.version ?? ''}: ${summary || 'see the advisory'}.`,
    fix: malicious ? 'Remove it.' : 'Take a version in which it is fixed.',
    cwe: malicious ? 'CWE-506' : 'CWE-1395',
  }
}
