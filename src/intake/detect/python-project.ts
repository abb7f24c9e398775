/** What a Python project says of itself: pyproject.toml (PEP 621), completed by the metadata of an sdist or wheel. */
import { parse } from 'smol-toml'
import { z } from 'zod'
import { buildInvalidSetting, parseSettings } from '../../domain/settings-file.ts'
import type { AppTree } from './app-tree.ts'

export type PythonProject = {
  readonly name: string
  readonly version: string
  readonly description: string | null
  /** PEP 508 requirements. */
  readonly dependencies: readonly string[]
  /** Program name → 'module:function'. */
  readonly scripts: Readonly<Record<string, string>>
  readonly requiresPython: string | null
  /** Directories below /app that hold its modules; '' is /app itself. */
  readonly importPaths: readonly string[]
  /** The file that says so. */
  readonly source: string
}

const PYPROJECT = z.object({
  project: z
    .object({
      name: z.string().max(200),
      version: z.string().max(100).optional(),
      description: z.string().optional().catch(undefined),
      dependencies: z.array(z.string().max(2_000)).max(1_000).optional(),
      scripts: z.record(z.string(), z.string()).optional(),
      'requires-python': z.string().max(200).optional(),
      dynamic: z.array(z.string()).optional(),
    })
    .optional(),
})

/** Null when nothing describes a project. Throws AppError `invalid_config`. */
export async function readPythonProject(tree: AppTree): Promise<PythonProject | null> {
  const metadata = await readMetadata(tree)
  const text = await tree.read('pyproject.toml')
  const project = text === null ? undefined : parsePyproject(text).project
  if (project === undefined) return metadata
  const isDynamic = (key: string) => project.dynamic?.includes(key) === true
  return {
    name: project.name,
    version: project.version ?? metadata?.version ?? '0.0.0',
    description: project.description ?? metadata?.description ?? null,
    dependencies: isDynamic('dependencies') ? (metadata?.dependencies ?? []) : (project.dependencies ?? []),
    scripts: isDynamic('scripts') ? (metadata?.scripts ?? {}) : (project.scripts ?? {}),
    requiresPython: project['requires-python'] ?? null,
    importPaths: findImportPaths(tree),
    source: 'pyproject.toml',
  }
}

function parsePyproject(text: string): z.infer<typeof PYPROJECT> {
  const source = 'pyproject.toml'
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    throw buildInvalidSetting(
      source,
      '',
      error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'not TOML',
    )
  }
  return parseSettings(PYPROJECT, value, source)
}

/** An sdist's PKG-INFO, or a wheel's *.dist-info/METADATA. */
async function readMetadata(tree: AppTree): Promise<PythonProject | null> {
  const wheel = tree.paths.find((path) => /^[^/]+\.dist-info\/METADATA$/.test(path))
  const source = tree.has('PKG-INFO') ? 'PKG-INFO' : wheel
  const text = source === undefined ? null : await tree.read(source)
  if (text === null || source === undefined) return null
  const head = text.split(/\r?\n\r?\n/, 1)[0] ?? ''
  const fields = [...head.matchAll(/^([A-Za-z-]+): *(.*)$/gm)].map(
    (match) => [match[1], match[2] ?? ''] as const,
  )
  const field = (key: string) => fields.find(([name]) => name === key)?.[1]
  const name = field('Name')
  if (name === undefined || !isDistributionName(name)) return null
  const folder = source.includes('/') ? source.slice(0, source.indexOf('/')) : null
  const entryPoints =
    folder === null
      ? tree.paths.find((path) => path.endsWith('.egg-info/entry_points.txt'))
      : `${folder}/entry_points.txt`
  return {
    name,
    version: field('Version') ?? '0.0.0',
    description: field('Summary') ?? null,
    dependencies: fields
      .filter(([key, value]) => key === 'Requires-Dist' && !isForExtra(value))
      .map(([, value]) => value),
    scripts: parseConsoleScripts(entryPoints === undefined ? '' : ((await tree.read(entryPoints)) ?? '')),
    requiresPython: field('Requires-Python') ?? null,
    importPaths: findImportPaths(tree),
    source,
  }
}

/** `name; extra == "test"`: wanted only by those who ask for that extra. */
function isForExtra(requirement: string): boolean {
  const marker = requirement.indexOf(';')
  return marker !== -1 && /\bextra *==/.test(requirement.slice(marker))
}

/** The [console_scripts] of an entry_points.txt. By plain searches: the text may be built to make a pattern slow. */
function parseConsoleScripts(text: string): Record<string, string> {
  let section = ''
  const scripts: Record<string, string> = {}
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    const equals = line.indexOf('=')
    if (line.startsWith('[') && line.endsWith(']')) section = line.slice(1, -1).trim()
    else if (section === 'console_scripts' && equals > 0 && !/^[#;]/.test(line)) {
      scripts[line.slice(0, equals).trim()] = line.slice(equals + 1).trim()
    }
  }
  return scripts
}

/** A src/ layout keeps its modules there; everybody else has them at the root. */
function findImportPaths(tree: AppTree): readonly string[] {
  const hasSource = tree.paths.some((path) => /^src\/.*\.py$/.test(path))
  return hasSource ? ['src', ''] : ['']
}

/** PEP 508 names; nothing else may become a file name. */
export function isDistributionName(name: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9])?$/.test(name)
}
