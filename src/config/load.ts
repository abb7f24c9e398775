/** The configuration file, with the environment over it, into what the platform goes by. */
import { resolve } from 'node:path'
import type { z } from 'zod'
import { AppError } from '../domain/error.ts'
import { nearest } from '../domain/nearest.ts'
import { isRecord, openConfigFile, parseRawConfig, type RawConfig } from './raw-config.ts'
import { configSchema, RESERVED_KEYS, type PlatformConfig } from './schema.ts'

export type LoadedConfig = {
  readonly config: PlatformConfig
  /** Null when no file was found and the defaults hold. */
  readonly file: string | null
  /** Unknown keys, each with the nearest known name. */
  readonly warnings: readonly string[]
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
  const { path, text, base } = await openConfigFile(file, environment, cwd)
  const parsed = parseConfig(text ?? '{}', path, environment)
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
  const { value, locate } = parseRawConfig(text, path, environment)
  removeReserved(value, locate)
  const warnings: string[] = []
  removeUnknown(value, configSchema, [], warnings, locate)
  const result = configSchema.safeParse(value)
  if (!result.success) {
    const issue = result.error.issues[0]
    const keys = (issue?.path ?? []).map(String)
    throw new AppError(
      'invalid_platform_config',
      `${locate(keys)}: ${keys.join('.')}: ${issue?.message ?? 'invalid'}`,
    )
  }
  return { config: result.data.mcp_hosting, warnings }
}

/** A reserved key with its one value is dropped; with another it is refused, since nothing would act on it. */
function removeReserved(value: RawConfig['value'], locate: RawConfig['locate']): void {
  for (const [dotted, { only, why }] of Object.entries(RESERVED_KEYS)) {
    const keys = dotted.split('.')
    let at: unknown = value
    for (const key of keys.slice(0, -1)) at = isRecord(at) ? at[key] : undefined
    const last = keys.at(-1) ?? ''
    if (!isRecord(at) || !(last in at)) continue
    if (at[last] !== only)
      throw new AppError(
        'invalid_platform_config',
        `${locate(keys)}: ${dotted}: only ${String(only)} is possible (${why})`,
      )
    delete at[last]
  }
}

function removeUnknown(
  value: unknown,
  schema: unknown,
  keys: string[],
  warnings: string[],
  locate: RawConfig['locate'],
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
