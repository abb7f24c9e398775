/** The configuration file and environment, read once: the only reader of `process.env`. */
import { readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser'
import type { z } from 'zod'
import { AppError } from '../domain/error.ts'
import { decodeJson } from '../domain/json.ts'
import { nearest } from '../domain/nearest.ts'
import { configSchema, RESERVED_KEYS, type PlatformConfig } from './schema.ts'

export type LoadedConfig = {
  readonly config: PlatformConfig
  /** Null when no file was found and the defaults hold. */
  readonly file: string | null
  /** Unknown keys, each with the nearest known name. */
  readonly warnings: readonly string[]
}

const PREFIX = 'HAIVEMIND__'
const DEFAULT_FILE = 'config/config.json'

export function readEnvironment(): Readonly<Record<string, string>> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return Object.fromEntries(entries)
}

/**
 * Reads `file`, else HAIVEMIND_CONFIG, else config/config.json when it exists, else defaults.
 * HAIVEMIND__DASHBOARD__PORT=… overrides mcp_hosting.dashboard.port. Relative paths are meant from the
 * project folder: the parent of a folder named config, else the file's own, else the working directory.
 * Throws AppError `invalid_platform_config` that names file, line and path.
 */
export async function loadConfig(
  file: string | undefined,
  environment: Readonly<Record<string, string>>,
  cwd: string,
): Promise<LoadedConfig> {
  const asked = file ?? environment['HAIVEMIND_CONFIG']
  const path = resolve(cwd, asked ?? DEFAULT_FILE)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (asked === undefined && error.code === 'ENOENT') return null
    throw invalid(`${path}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`)
  })
  const parsed = parseConfig(text ?? '{}', path, environment)
  const base =
    text === null ? cwd : basename(dirname(path)) === 'config' ? dirname(dirname(path)) : dirname(path)
  const absolute = (value: string) => resolve(base, value)
  const { data_dir, servers_dir, uploads_dir, logs_dir, security } = parsed.config
  const { key_file: keyFile, osv_dir: osvDir } = security
  const { client_secret_file: clientSecret } = security.oauth
  const { telemetry, memory, model } = parsed.config
  const { headers_file: headersFile } = telemetry.otlp
  return {
    config: {
      ...parsed.config,
      data_dir: absolute(data_dir),
      servers_dir: absolute(servers_dir),
      uploads_dir: absolute(uploads_dir),
      logs_dir: absolute(logs_dir),
      security: {
        ...security,
        osv_dir: osvDir && absolute(osvDir),
        key_file: keyFile && absolute(keyFile),
        oauth: { ...security.oauth, client_secret_file: clientSecret && absolute(clientSecret) },
      },
      telemetry: {
        ...telemetry,
        otlp: { ...telemetry.otlp, headers_file: headersFile && absolute(headersFile) },
      },
      model: { ...model, api_key_file: model.api_key_file && absolute(model.api_key_file) },
      memory: {
        ...memory,
        platforms: memory.platforms.map((one) => ({ ...one, token_file: absolute(one.token_file) })),
        peers: memory.peers.map((peer) =>
          peer.token_file === undefined ? peer : { ...peer, token_file: absolute(peer.token_file) },
        ),
      },
    },
    file: text === null ? null : path,
    warnings: parsed.warnings,
  }
}

/** Text of the file and the environment in, configuration or one clear error out. Pure. */
export function parseConfig(
  text: string,
  path: string,
  environment: Readonly<Record<string, string>>,
): { config: PlatformConfig; warnings: string[] } {
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
  const locate = (keys: readonly string[]) => findVariable(variables, keys) ?? where(keys, tree, text, path)
  removeReserved(value, locate)
  const warnings: string[] = []
  removeUnknown(value, configSchema, [], warnings, locate)
  const result = configSchema.safeParse(value)
  if (!result.success) {
    const issue = result.error.issues[0]
    const keys = (issue?.path ?? []).map(String)
    throw invalid(`${locate(keys)}: ${keys.join('.')}: ${issue?.message ?? 'invalid'}`)
  }
  return { config: result.data.mcp_hosting, warnings }
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

type Mutable = Record<string, unknown>

function isRecord(value: unknown): value is Mutable {
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

/** A reserved key with its one value is dropped; with another it is refused, since nothing would act on it. */
function removeReserved(value: Mutable, locate: (keys: string[]) => string): void {
  for (const [dotted, { only, why }] of Object.entries(RESERVED_KEYS)) {
    const keys = dotted.split('.')
    let at: unknown = value
    for (const key of keys.slice(0, -1)) at = isRecord(at) ? at[key] : undefined
    const last = keys.at(-1) ?? ''
    if (!isRecord(at) || !(last in at)) continue
    if (at[last] !== only)
      throw invalid(`${locate(keys)}: ${dotted}: only ${String(only)} is possible (${why})`)
    delete at[last]
  }
}

function removeUnknown(
  value: unknown,
  schema: unknown,
  keys: string[],
  warnings: string[],
  locate: (keys: string[]) => string,
): void {
  const shape = shapeOf(schema)
  if (shape === null || !isRecord(value)) return
  for (const key of Object.keys(value)) {
    const inner = shape[key]
    if (inner !== undefined) {
      removeUnknown(value[key], inner, [...keys, key], warnings, locate)
      continue
    }
    delete value[key]
    if (key.startsWith('$')) continue
    const suggestion = nearest(key, Object.keys(shape))
    const hint = suggestion === null ? '' : `; did you mean ${suggestion}?`
    warnings.push(`${locate([...keys, key])}: unknown key ${[...keys, key].join('.')} is ignored${hint}`)
  }
}

/** The keys of an object schema under any defaults; null for everything else. */
function shapeOf(schema: unknown): Record<string, z.ZodType> | null {
  let at = schema
  while (isRecord(at)) {
    const definition = (at as { def?: { innerType?: unknown; shape?: Record<string, z.ZodType> } }).def
    if (definition?.shape !== undefined) return definition.shape
    if (definition?.innerType === undefined) return null
    at = definition.innerType
  }
  return null
}
