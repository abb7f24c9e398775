/** The configuration as it is written: the file, with the environment over it, before anything is made of it. */
import { readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser'
import { AppError } from '../domain/error.ts'
import { decodeJson } from '../domain/json.ts'

const PREFIX = 'HAIVEMIND__'
const DEFAULT_FILE = 'config/config.json'
export const DEFAULT_DATA_DIR = 'data'

type Mutable = Record<string, unknown>

type ConfigFile = {
  readonly path: string
  /** Null when there is none and none was asked for. */
  readonly text: string | null
  /** Where relative paths in it are meant from. */
  readonly base: string
}

export type RawConfig = {
  readonly value: Mutable
  /** `file:line` of a key, or the variable that sets it. */
  readonly locate: (keys: readonly string[]) => string
}

export async function openConfigFile(
  file: string | undefined,
  environment: Readonly<Record<string, string>>,
  cwd: string,
): Promise<ConfigFile> {
  const asked = file ?? environment['HAIVEMIND_CONFIG']
  const path = resolve(cwd, asked ?? DEFAULT_FILE)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (asked === undefined && error.code === 'ENOENT') return null
    throw invalid(`${path}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`)
  })
  const base =
    text === null ? cwd : basename(dirname(path)) === 'config' ? dirname(dirname(path)) : dirname(path)
  return { path, text, base }
}

/**
 * Where the platform of this configuration keeps its data, for commands that only look for it there: they start in
 * half the time, since nothing else of the configuration is judged. Null: that is for `loadConfig` to refuse.
 */
export async function findDataDir(
  file: string | undefined,
  environment: Readonly<Record<string, string>>,
  cwd: string,
): Promise<string | null> {
  const { path, text, base } = await openConfigFile(file, environment, cwd)
  const { mcp_hosting: hosting = {} } = parseRawConfig(text ?? '{}', path, environment).value
  const folder = isRecord(hosting) ? (hosting['data_dir'] ?? DEFAULT_DATA_DIR) : null
  return typeof folder === 'string' && folder !== '' ? resolve(base, folder) : null
}

/** Throws AppError `invalid_platform_config` for what is not JSON with comments. */
export function parseRawConfig(
  text: string,
  path: string,
  environment: Readonly<Record<string, string>>,
): RawConfig {
  const errors: ParseError[] = []
  const tree = parseTree(text, errors, { allowTrailingComma: true })
  const broken = errors[0]
  if (broken !== undefined || tree === undefined) {
    const at = broken === undefined ? 1 : lineOf(text, broken.offset)
    const what = broken === undefined ? 'is empty' : printParseErrorCode(broken.error)
    throw invalid(`${path}:${at}: not valid JSON (${what})`)
  }
  if (tree.type !== 'object') throw invalid(`${path}:1: expected an object, { "mcp_hosting": { … } }`)
  const value = valueOf(tree)
  const variables = applyEnvironment(value, environment)
  return { value, locate: (keys) => findVariable(variables, keys) ?? where(keys, tree, text, path) }
}

function invalid(message: string): AppError {
  return new AppError('invalid_platform_config', message)
}

/** The one that set the key or a parent of it. */
function findVariable(variables: ReadonlyMap<string, string>, keys: readonly string[]): string | undefined {
  const paths = keys.map((_, index) => keys.slice(0, index + 1).join('.'))
  return paths.map((path) => variables.get(path)).find((name) => name !== undefined)
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

/** `file:line` where the key or its nearest present parent stands; the file alone for environment overrides. */
function where(keys: readonly string[], tree: Node, text: string, path: string): string {
  for (let n = keys.length; n > 0; n--) {
    const node = findNodeAtLocation(tree, keys.slice(0, n))
    if (node !== undefined) return `${path}:${lineOf(text, node.offset)}`
  }
  return path
}

export function isRecord(value: unknown): value is Mutable {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function valueOf(node: Node): Mutable {
  const convert = (at: Node): unknown => {
    if (at.type === 'object') {
      const record: Mutable = Object.create(null) as Mutable
      for (const property of at.children ?? []) {
        const [key, value] = property.children ?? []
        if (key !== undefined && value !== undefined) record[String(key.value)] = convert(value)
      }
      return record
    }
    return at.type === 'array' ? (at.children ?? []).map(convert) : at.value
  }
  return convert(node) as Mutable
}

/** Values are JSON where they parse as JSON, else text. Answers which variable set which key. */
function applyEnvironment(
  value: Mutable,
  environment: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const variables = new Map<string, string>()
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX)) continue
    const keys = ['mcp_hosting', ...name.slice(PREFIX.length).toLowerCase().split('__')]
    let at = value
    for (const key of keys.slice(0, -1)) {
      const next = at[key]
      const record = isRecord(next) ? next : {}
      at[key] = record
      at = record
    }
    at[keys.at(-1) ?? ''] = decodeJson(text) ?? text
    variables.set(keys.join('.'), name)
  }
  return variables
}
