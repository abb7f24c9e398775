import type { ServerPatchJson, ServerPatchedJson } from '../../api/schema/server.ts'
import { AppError } from '../../domain/error.ts'
import { nearest } from '../../domain/nearest.ts'
import type { Command } from '../command.ts'
import { openClient, serverPath, withServer } from '../servers.ts'

type Kind = 'text' | 'time' | 'number' | 'boolean' | 'list'
/** Of the patch that the API takes, so that the compiler misses none. */
type Setting =
  | Exclude<keyof ServerPatchJson, 'environment' | 'resource_limits'>
  | keyof NonNullable<ServerPatchJson['resource_limits']>

/** What can be set, and how its value reads. `environment.K` comes on top. */
const KEYS: Readonly<Record<Setting, { readonly kind: Kind; readonly limit?: true }>> = {
  description: { kind: 'text' },
  auto_restart: { kind: 'boolean' },
  max_restarts: { kind: 'number' },
  restart_delay: { kind: 'number' },
  health_check_interval: { kind: 'number' },
  health_check_timeout: { kind: 'number' },
  health_failure_threshold: { kind: 'number' },
  health_success_threshold: { kind: 'number' },
  start_timeout: { kind: 'number' },
  tags: { kind: 'list' },
  allowed_network: { kind: 'boolean' },
  egress: { kind: 'list' },
  pin: { kind: 'text' },
  transport: { kind: 'text' },
  port: { kind: 'number' },
  path: { kind: 'text' },
  health_check_url: { kind: 'text' },
  upstream_era: { kind: 'text' },
  on_session_loss: { kind: 'text' },
  instances: { kind: 'text' },
  idle_stop_seconds: { kind: 'number' },
  call_timeout_seconds: { kind: 'number' },
  disabled_tools: { kind: 'list' },
  expires_at: { kind: 'time' },
  memory_mb: { kind: 'number', limit: true },
  cpu_percent: { kind: 'number', limit: true },
  max_processes: { kind: 'number', limit: true },
  disk_mb: { kind: 'number', limit: true },
}

export const set: Command = {
  name: 'set',
  group: 'operate',
  summary: 'change the settings of a server',
  arguments: '<name> key=value…',
  takes: [2, 100],
  details:
    `Keys: ${Object.keys(KEYS).join(', ')}, environment.NAME.\n` +
    'An empty value goes back to what the version says. Times are in seconds. What a running server cannot take\n' +
    'over takes effect at its next start, and the command says so.',
  examples: [
    ['haivemind set weather memory_mb=256 cpu_percent=50', 'limits'],
    ['haivemind set weather environment.UNITS=metric', 'a variable'],
    ['haivemind set weather egress=api.example,*.cdn.example:443', 'places it may reach'],
    ['haivemind set weather expires_at=30d', 'archive it in 30 days; null: never'],
    ['haivemind set weather memory_mb=', 'back to the default of the version'],
  ],
  async run({ io, args, print }) {
    const [name = '', ...pairs] = args.positionals
    const patch = parseSettings(pairs)
    const client = await openClient(io)
    const answer = await withServer(client, name, () =>
      client.send<ServerPatchedJson>('PATCH', serverPath(name), patch),
    )
    print.result(answer, () => {
      print.note(
        answer.changed.length === 0 ? `${name}: nothing changed` : `${name}: ${answer.changed.join(', ')}`,
      )
      if (answer.restart_required) print.note(`takes effect at the next start: haivemind restart ${name}`)
    })
    return 0
  },
}

/** `key=value` pairs → a merge patch. Throws AppError `usage` that names the pair. */
export function parseSettings(pairs: readonly string[]): ServerPatchJson {
  const patch: Record<string, unknown> = {}
  const limits: Record<string, unknown> = {}
  const environment: Record<string, string | null> = {}
  for (const pair of pairs) {
    const [, key, value = ''] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
    if (key === undefined) throw new AppError('usage', `"${pair}" is not key=value`, { hint: HINT })
    const variable = /^(?:environment|env)\.(.+)$/.exec(key)?.[1]
    if (variable !== undefined) {
      environment[variable] = value === '' ? null : value
      continue
    }
    const short = key.replace(/^resource_limits\./, '')
    if (!isSetting(short)) throw unknownKey(key)
    const known = KEYS[short]
    const parsed = value === '' ? null : parseValue(pair, value, known.kind)
    if (known.limit === true) limits[short] = parsed
    else patch[short] = parsed
  }
  if (Object.keys(limits).length > 0) patch['resource_limits'] = limits
  if (Object.keys(environment).length > 0) patch['environment'] = environment
  return patch
}

function isSetting(key: string): key is Setting {
  return Object.hasOwn(KEYS, key)
}

const HINT = 'See haivemind set --help.'

function parseValue(pair: string, value: string, kind: Kind): string | number | boolean | string[] | null {
  switch (kind) {
    case 'text':
      return value
    case 'time':
      return value === 'null' ? null : value
    case 'list':
      return value.split(',').map((item) => item.trim())
    case 'boolean':
      if (value !== 'true' && value !== 'false') {
        throw new AppError('usage', `"${pair}" needs true or false`, { hint: HINT })
      }
      return value === 'true'
    case 'number':
      break
  }
  if (!/^\d+(\.\d+)?$/.test(value)) throw new AppError('usage', `"${pair}" needs a number`, { hint: HINT })
  return Number(value)
}

function unknownKey(key: string): AppError {
  const near = nearest(key, Object.keys(KEYS))
  const meant = near === null ? '' : `Did you mean ${near}? `
  return new AppError('usage', `there is no setting "${key}"`, { hint: `${meant}${HINT}` })
}
