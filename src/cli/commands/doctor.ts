import type { SystemJson } from '../../api/schema/platform.ts'
import { loadConfig, type LoadedConfig } from '../../config/load.ts'
import { AppError, ERRORS } from '../../domain/error.ts'
import type { Command, CommandContext } from '../command.ts'
import type { HostCheck, HostReport } from '../io.ts'
import { stripControls, type Printer } from '../print.ts'
import { listServers, openClient } from '../servers.ts'

export const doctor: Command = {
  name: 'doctor',
  group: 'platform',
  summary: 'check this host and say what is missing',
  takes: [0, 0],
  options: {
    config: { type: 'string', value: 'FILE', help: 'configuration file (default config/config.json)' },
  },
  details:
    'Asks the running platform, or tries the host itself when there is none. Every check is ok, warn or fail, with\n' +
    'what was found and the command that mends it. Exit code 9 when a check fails.',
  examples: [
    ['haivemind doctor', 'for reading'],
    ['haivemind doctor --json', 'for scripts'],
  ],
  run,
}

async function run({ io, args, print }: CommandContext): Promise<number> {
  const loaded = await loadConfig(args.text('config'), io.env, io.cwd)
  const remote = await askDaemon({ io, args, print })
  // A platform on another machine keeps its files there.
  const files = (io.env['HAIVEMIND_URL'] ?? '') === '' ? await io.checkFiles(loaded) : []
  const host: HostReport = remote ?? (await tryHost(io, loaded, files))
  const checks = [
    ...checkConfiguration(loaded),
    checkDaemon(remote),
    ...files,
    ...host.checks,
    ...(remote?.servers ?? []),
  ]
  const { tier } = host
  print.result({ tier, daemon: remote !== null, checks }, () => {
    print.line(`isolation tier: ${tier}`)
    for (const check of checks) renderCheck(check, print)
  })
  return checks.some((check) => check.status === 'fail') ? ERRORS.sandbox_failed.exit : 0
}

/** Trying needs the folders: where those are broken, that is what there is to say. */
async function tryHost(
  io: CommandContext['io'],
  loaded: LoadedConfig,
  files: readonly HostCheck[],
): Promise<HostReport> {
  try {
    return await io.probeHost(loaded)
  } catch (error) {
    if (!files.some(({ status }) => status === 'fail')) throw error
    const found = `no sandbox could be tried: ${error instanceof Error ? error.message : String(error)}`
    const fix = 'Mend the folders named above first.'
    return { tier: 'none', checks: [{ id: 'sandbox', area: 'sandbox', status: 'fail', found, fix }] }
  }
}

type Daemon = HostReport & { readonly address: string; readonly servers: readonly HostCheck[] }

/** Null when no platform answers; a token that is refused is an error of its own. */
async function askDaemon({ io, args }: CommandContext): Promise<Daemon | null> {
  try {
    const client = await openClient(io, args.text('config'))
    const system = await client.get<SystemJson>('/system')
    const servers = (await listServers(client))
      .filter((server) => server.status === 'failed' || server.status === 'backoff')
      .map((server): HostCheck => ({
        id: `server:${server.name}`,
        area: 'servers',
        status: 'warn',
        found: `${server.name} is ${server.status}${server.reason === null ? '' : `: ${server.reason}`}`,
        fix: `haivemind logs ${server.name}`,
      }))
    return { tier: system.tier, checks: system.checks, address: system.address, servers }
  } catch (error) {
    if (error instanceof AppError && error.code === 'daemon_unreachable') return null
    throw error
  }
}

function checkDaemon(daemon: Daemon | null): HostCheck {
  const base = { id: 'daemon', area: 'daemon' }
  if (daemon !== null) return { ...base, status: 'ok', found: `answers at ${daemon.address}`, fix: null }
  return { ...base, status: 'warn', found: 'the platform is not running', fix: 'haivemind serve' }
}

function checkConfiguration({ file, warnings }: LoadedConfig): HostCheck[] {
  const base = { id: 'configuration', area: 'configuration' }
  if (warnings.length === 0) {
    return [{ ...base, status: 'ok', found: file ?? 'no file: the defaults hold', fix: null }]
  }
  return warnings.map((found) => ({ ...base, status: 'warn', found, fix: 'Correct or remove the key.' }))
}

function renderCheck({ status, area, found, fix }: HostCheck, print: Printer): void {
  const color = status === 'ok' ? 'green' : status === 'warn' ? 'yellow' : 'red'
  print.line(`${print.style(color, status.padEnd(4))}  ${area.padEnd(13)}  ${stripControls(found)}`)
  if (fix !== null && status !== 'ok') print.line(`${' '.repeat(21)}fix: ${stripControls(fix)}`)
}
