/** What a tree depends on, as its manifests and lock files say: loosely read, since they are a stranger's. */
import { decodeJson, isJsonObject, type Json, type JsonObject } from '../../../domain/json.ts'
import type { ScannedFile } from '../scanned-file.ts'

export type Dependency = {
  readonly ecosystem: 'npm' | 'python'
  /** Python names normalised (PEP 503). */
  readonly name: string
  /** As it is written: a range, an address, or nothing. */
  readonly spec: string
  /** The one version that this is, where it is certain. */
  readonly version: string | null
  /** A lock file says it, so that a range beside it does not matter. */
  readonly locked: boolean
  readonly development: boolean
  readonly file: string
  readonly line: number | null
}

/** Of a lock file: a package that runs a script when it is installed. */
export type InstallScript = { readonly name: string; readonly file: string }

type ReadFile = Pick<ScannedFile, 'path' | 'text' | 'lineAt'>

const EXACT = /^v?\d+(?:\.\d+)*(?:[-+.][\w.+-]+)?$/

/** Python's names are compared so (PEP 503). */
export function normalisePythonName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-')
}

export function readDependencies(file: ReadFile): readonly Dependency[] {
  const { path, text } = file
  if (text === null || /(?:^|\/)(?:node_modules|site-packages|\.venv)\//.test(path)) return []
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (/^requirements[\w.-]*\.txt$/.test(name)) return readRequirementLines(file, text)
  if (name === 'package.json') return readPackageJson(file, text)
  if (name === 'package-lock.json') return readNpmLock(file, text)
  if (name === 'pyproject.toml') return readPyproject(file, text)
  if (name === 'uv.lock' || name === 'poetry.lock') return readTomlLock(file, text)
  return []
}

function readRequirementLines(file: ReadFile, text: string): Dependency[] {
  return text.split('\n').flatMap((raw, index) => {
    const line = raw.replace(/(?:^|\s)#.*$/, '').trim()
    const option = /^(?:-e|--editable)[\s=]+(.*)$/.exec(line)?.[1]
    if (line === '' || (line.startsWith('-') && option === undefined)) return []
    return [buildPython(file, option ?? line, index + 1)]
  })
}

function buildPython(file: ReadFile, text: string, line: number | null, development = false): Dependency {
  const requirement = (text.split(';', 1)[0] ?? '').trim()
  const named = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(.*)$/.exec(requirement)
  const isAddress = /^(?:git\+|https?:|file:|\.{0,2}\/)/.test(requirement)
  const spec = isAddress ? requirement : (named?.[2] ?? requirement).replace(/\s--hash.*$/, '').trim()
  const exact = /^===?\s*([\w.+!-]+)$/.exec(spec.split(/[\s\\]/, 1)[0] ?? '')?.[1] ?? null
  return {
    ecosystem: 'python',
    name: isAddress ? requirement : normalisePythonName(named?.[1] ?? requirement),
    spec,
    version: exact,
    locked: false,
    development,
    file: file.path,
    line,
  }
}

function readPackageJson(file: ReadFile, text: string): Dependency[] {
  const manifest = decodeJson(text)
  if (!isJsonObject(manifest)) return []
  return (['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'] as const).flatMap(
    (key) => {
      const listed = manifest[key]
      if (!isJsonObject(listed)) return []
      return Object.entries(listed).map(([name, spec]): Dependency => {
        const range = typeof spec === 'string' ? spec.trim() : ''
        const alias = /^npm:(@?[^@]+)@?(.*)$/.exec(range)
        const wanted = alias?.[2] ?? range
        return {
          ecosystem: 'npm',
          name: (alias?.[1] ?? name).toLowerCase(),
          spec: range,
          version: EXACT.test(wanted) ? wanted.replace(/^v/, '') : null,
          locked: false,
          development: key === 'devDependencies' || key === 'peerDependencies',
          file: file.path,
          line: file.lineAt(Math.max(0, text.indexOf(`"${name}"`))),
        }
      })
    },
  )
}

function lockedPackages(text: string): readonly (readonly [string, JsonObject])[] {
  const lock = decodeJson(text)
  const packages = isJsonObject(lock) ? lock['packages'] : undefined
  if (!isJsonObject(packages)) return []
  return Object.entries(packages).flatMap(([path, entry]) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    return path.includes('node_modules/') && isJsonObject(entry) ? [[name, entry] as const] : []
  })
}

function readNpmLock(file: ReadFile, text: string): Dependency[] {
  return lockedPackages(text).map(([name, entry]) => ({
    ecosystem: 'npm',
    name: name.toLowerCase(),
    spec: textOf(entry['resolved']),
    version: textOf(entry['version']) || null,
    locked: true,
    development: entry['dev'] === true,
    file: file.path,
    line: null,
  }))
}

export function readInstallScripts(file: ScannedFile): readonly InstallScript[] {
  if (file.text === null || !/(?:^|\/)package-lock\.json$/.test(file.path)) return []
  return lockedPackages(file.text)
    .filter(([, entry]) => entry['hasInstallScript'] === true)
    .map(([name]) => ({ name, file: file.path }))
}

/** The strings of `dependencies = [ … ]`; by its text, since the scanning process loads no parser of manifests. */
function readPyproject(file: ReadFile, text: string): Dependency[] {
  const list = /^dependencies\s*=\s*\[([\s\S]*?)\]\s*$/m.exec(text)
  if (list === null) return []
  const body = (list[1] ?? '').replaceAll(/^\s*#.*$/gm, '')
  return [...body.matchAll(/"([^"\n]+)"|'([^'\n]+)'/g)].map((match) => {
    const entry = match[1] ?? match[2] ?? ''
    return buildPython(file, entry, file.lineAt(Math.max(0, text.indexOf(entry, list.index))))
  })
}

/** Of uv and poetry: `[[package]]` tables that begin with name and version. */
function readTomlLock(file: ReadFile, text: string): Dependency[] {
  const tables = /^\[\[package\]\]\s*\nname = "([^"\n]+)"\s*\nversion = "([^"\n]+)"/gm
  return [...text.matchAll(tables)].map(([, name = '', version = '']) => ({
    ecosystem: 'python',
    name: normalisePythonName(name),
    spec: '',
    version,
    locked: true,
    development: false,
    file: file.path,
    line: null,
  }))
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
