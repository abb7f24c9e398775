/**
 * An MCPB `manifest.json` (0.1 to 0.4): how the bundle's server starts. Read loosely, with notices: the strict
 * schema refuses most published examples. Variables are put in once, literally: what one puts in is never expanded again.
 */
import { z } from 'zod'
import { describeRefusedValue, describeRefusedVariable } from '../../domain/environment-variable.ts'
import { AppError } from '../../domain/error.ts'
import type { PartialSecretDeclaration } from '../../domain/secret-declaration.ts'
import { buildInvalidSetting, parseJsonFile, parseSettings } from '../../domain/settings-file.ts'
import type { AppTree } from './app-tree.ts'

const CONFIG = z.object({
  command: z.string().max(8_192).optional(),
  args: z.array(z.string().max(8_192)).max(256).optional(),
  env: z.record(z.string().max(128), z.string().max(32_768)).optional(),
})
const SCALAR = z.union([z.string().max(8_192), z.number(), z.boolean()])
const MANIFEST = z.object({
  manifest_version: z.string().optional(),
  dxt_version: z.string().optional(),
  name: z.string().max(200).optional(),
  description: z.string().optional().catch(undefined),
  server: z.object({
    type: z.string(),
    entry_point: z.string().max(1_024).optional(),
    mcp_config: CONFIG.extend({ platform_overrides: z.record(z.string(), CONFIG).optional() }).optional(),
  }),
  user_config: z
    .record(
      z.string(),
      z.object({
        required: z.boolean().optional().catch(undefined),
        sensitive: z.boolean().optional().catch(undefined),
        description: z.string().optional().catch(undefined),
        default: z
          .union([SCALAR, z.array(SCALAR).max(100)])
          .optional()
          .catch(undefined),
      }),
    )
    .optional(),
})
type Manifest = z.infer<typeof MANIFEST>

export type McpbManifest = {
  readonly name: string | null
  readonly description: string | null
  /** As written, with variables put in; still to be resolved against the tree. */
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Variables that hold a user setting which is sensitive. */
  readonly secrets: readonly PartialSecretDeclaration[]
  /** Absolute directories below /app from the bundle's PYTHONPATH. */
  readonly pythonPath: readonly string[]
  readonly notices: readonly string[]
}

const SOURCE = 'manifest.json'
const KNOWN_VERSIONS = ['0.1', '0.2', '0.3', '0.4']

function refuse(path: string, why: string, hint?: string): never {
  throw buildInvalidSetting(SOURCE, path, why, hint)
}

/**
 * Null when there is none, or when it is some other program's manifest.json.
 * @param given the request's environment: a required user setting may be given there instead
 */
export async function readMcpbManifest(
  tree: AppTree,
  given: Readonly<Record<string, string>>,
): Promise<McpbManifest | null> {
  const text = await tree.read(SOURCE)
  if (text === null) return null
  const value = parseJsonFile(text, SOURCE)
  if (typeof value !== 'object' || value === null || !('server' in value)) return null
  if (!('manifest_version' in value) && !('dxt_version' in value)) return null
  return convert(parseSettings(MANIFEST, value, SOURCE), given)
}

function convert(manifest: Manifest, given: Readonly<Record<string, string>>): McpbManifest {
  const version = manifest.manifest_version ?? manifest.dxt_version ?? ''
  const notices = KNOWN_VERSIONS.includes(version)
    ? []
    : [
        `${SOURCE}: version ${JSON.stringify(version)} is not one of ${KNOWN_VERSIONS.join(', ')}; read as the latest`,
      ]
  const settings = readSettings(manifest)
  const { command, args, env } = readLaunch(manifest)
  const environment: Record<string, string> = {}
  const pythonPath: string[] = []
  const secrets: PartialSecretDeclaration[] = []
  const left = new Set(settings.missing)
  for (const [name, template] of Object.entries(env)) {
    const put = substitute(template, settings)
    if (put.missing.length > 0) {
      const secret = readSecret(name, template, put.missing, manifest)
      if (secret !== null) {
        secrets.push(secret)
        put.missing.forEach((key) => left.delete(key))
      }
      if (Object.hasOwn(given, name)) put.missing.forEach((key) => left.delete(key))
      continue
    }
    const refused = describeRefusedVariable(name)
    if (name === 'PYTHONPATH') {
      pythonPath.push(...put.text.split(':').filter((path) => path.startsWith('/app')))
    } else if (refused !== null) {
      notices.push(`${SOURCE}: the variable ${name} is left out; it ${refused}`)
    } else {
      const wrong = describeRefusedValue(put.text)
      if (wrong !== null) refuse(`server.mcp_config.env.${name}`, wrong)
      environment[name] = put.text
    }
  }
  const [first] = left
  if (first !== undefined) {
    const variable = Object.entries(env).find(([, template]) =>
      template.includes(`\${user_config.${first}}`),
    )?.[0]
    const hint = variable === undefined ? undefined : `Give it as ${variable} in the request’s "environment".`
    refuse(`user_config.${first}`, 'is required and has no default', hint)
  }
  const whole = [command, ...args].flatMap((template) => substituteArgument(template, settings))
  return {
    name: manifest.name ?? null,
    description: manifest.description ?? null,
    command: whole,
    environment,
    secrets,
    pythonPath,
    notices,
  }
}

/** Null unless a sensitive setting is part of the value: whoever deploys sets the whole of it as a secret. */
function readSecret(
  name: string,
  template: string,
  keys: readonly string[],
  { user_config: settings }: Manifest,
): PartialSecretDeclaration | null {
  const asked = keys.flatMap((key) => settings?.[key] ?? [])
  if (!asked.some(({ sensitive }) => sensitive === true) || describeRefusedVariable(name) !== null)
    return null
  const words = asked.flatMap(({ description }) => description ?? [])
  const isPart = !/^\$\{[^{}]*\}$/.test(template)
  const description = [...words, ...(isPart ? [`In the form ${template}`] : [])].join('; ').slice(0, 2_000)
  return { name, description, required: asked.some(({ required }) => required === true) }
}

/** `platform_overrides.linux` replaces command and args and adds to env. */
function readLaunch(manifest: Manifest): { command: string; args: string[]; env: Record<string, string> } {
  const { type, entry_point: entryPoint, mcp_config: config } = manifest.server
  const linux = config?.platform_overrides?.['linux']
  const env = { ...config?.env, ...linux?.env }
  const command = linux?.command ?? config?.command
  const args = linux?.args ?? config?.args ?? []
  if (type !== 'node' && type !== 'python' && type !== 'uv') {
    throw new AppError(
      'runtime_not_allowed',
      `${SOURCE}: server.type ${JSON.stringify(type)} is not hosted`,
      {
        hint: 'Bundles of the types node, python and uv are hosted.',
        details: { source: SOURCE, path: 'server.type' },
      },
    )
  }
  if (command !== undefined) return { command, args, env }
  if (entryPoint === undefined) return refuse('server', 'has neither mcp_config.command nor entry_point')
  return {
    command: type === 'node' ? 'node' : 'python3',
    args: [`\${__dirname}/${entryPoint}`, ...args],
    env,
  }
}

type Settings = {
  readonly values: ReadonlyMap<string, readonly string[]>
  /** Required, but without a value; an empty default is a value. */
  readonly missing: readonly string[]
}

function readSettings(manifest: Manifest): Settings {
  const values = new Map<string, readonly string[]>()
  const missing: string[] = []
  for (const [key, setting] of Object.entries(manifest.user_config ?? {})) {
    const { default: fallback } = setting
    if (fallback !== undefined) {
      const list = Array.isArray(fallback) ? fallback : [fallback]
      // A default may itself name a home-like directory; that is the one level of nesting the format has.
      values.set(
        key,
        list.map((item) => putPlaces(String(item))),
      )
    } else if (setting.required === true) missing.push(key)
  }
  return { values, missing }
}

const PLACES: Readonly<Record<string, string>> = {
  __dirname: '/app',
  HOME: '/data',
  DESKTOP: '/data',
  DOCUMENTS: '/data',
  DOWNLOADS: '/data',
  '/': '/',
  pathSeparator: '/',
}
/** Bounded, so that a text full of openings is not searched to its end for each. */
const VARIABLE = /\$\{([^{}$]{1,128})\}/g

function putPlaces(template: string): string {
  return template.replace(VARIABLE, (whole, name: string) =>
    Object.hasOwn(PLACES, name) ? (PLACES[name] ?? whole) : whole,
  )
}

/** One pass. `missing` lists user settings without a value; unknown variables stay as they are. */
function substitute(template: string, settings: Settings): { text: string; missing: string[] } {
  const missing: string[] = []
  const text = template.replace(VARIABLE, (whole, name: string) => {
    if (!name.startsWith('user_config.')) return putPlaces(whole)
    const values = settings.values.get(name.slice('user_config.'.length))
    if (values === undefined) missing.push(name.slice('user_config.'.length))
    return values?.join(',') ?? ''
  })
  return { text, missing }
}

/** A list in the place of a whole argument becomes several; an argument with an unset setting is dropped. */
function substituteArgument(template: string, settings: Settings): readonly string[] {
  const key = /^\$\{user_config\.([^{}$]{1,116})\}$/.exec(template)?.[1]
  if (key !== undefined) return settings.values.get(key) ?? []
  const { text, missing } = substitute(template, settings)
  return missing.length > 0 ? [] : [text]
}
