import { loadConfig, type LoadedConfig } from '../../config/load.ts'
import { AppError, ERRORS } from '../../domain/error.ts'
import { arrangeChecks, type HostCheck, type ShownCheck } from '../../domain/host-check.ts'
import { findListener } from '../../system/process-table.ts'
import type { Command, CommandContext } from '../command.ts'
import { askDaemon } from '../doctor/ask-daemon.ts'
import {
  buildUnusable,
  checkConfiguration,
  checkDaemon,
  checkExposure,
  checkNode,
  checkPort,
  checkSkew,
  checkVersions,
} from '../doctor/build-checks.ts'
import { tryPublicUrl } from '../doctor/try-public-url.ts'
import { writeBundle } from '../doctor/write-bundle.ts'
import type { HostReport } from '../io.ts'
import { stripControls, type Printer } from '../print.ts'

export const doctor: Command = {
  name: 'doctor',
  group: 'platform',
  summary: 'check this host and say what is missing',
  takes: [0, 0],
  options: {
    config: { type: 'string', value: 'FILE', help: 'configuration file (default config/config.json)' },
    fix: { type: 'boolean', help: 'mend what is harmless to mend: modes of files and folders, stale files' },
    bundle: { type: 'string', value: 'FILE', help: 'write what a report needs (tar.gz), without any secret' },
  },
  details:
    'Asks the running platform, or tries the host itself when there is none. Every check is ok, warn or fail, with\n' +
    'what was found and the command that mends it; docs/troubleshooting.md explains each. --fix can be repeated.\n' +
    '--bundle holds the checks, the configuration, versions, events, metrics and the last lines of logs. Exit code 9\n' +
    'when a check fails.',
  examples: [
    ['haivemind doctor', 'for reading'],
    ['haivemind doctor --json', 'for scripts'],
    ['haivemind doctor --fix', 'set modes right'],
    ['haivemind doctor --bundle report.tar.gz', 'to attach to a question'],
  ],
  run,
}

type Examination = {
  /** Null where none could be tried: that is not known to be none. */
  readonly tier: string | null
  readonly daemon: boolean
  readonly checks: readonly ShownCheck[]
  readonly mended: readonly string[]
}

async function run(context: CommandContext): Promise<number> {
  const { io, args, print } = context
  const loaded = await loadConfig(args.text('config'), io.env, io.cwd).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'invalid_platform_config') return error
    throw error
  })
  const examined = loaded instanceof AppError ? giveUp(loaded) : await examine(context, loaded)
  const file = args.text('bundle')
  const bundle =
    file === undefined
      ? null
      : await writeBundle(context, file, examined.checks, loaded instanceof AppError ? null : loaded)
  const { tier, checks, mended } = examined
  print.result(bundle === null ? examined : { ...examined, bundle }, () => {
    print.line(`isolation tier: ${tier ?? 'not tried'}`)
    for (const check of checks) renderCheck(check, print)
    for (const done of mended) print.note(`mended: ${done}`)
    if (bundle !== null) print.note(`written: ${bundle.file}`)
  })
  return checks.some((check) => check.status === 'fail') ? ERRORS.sandbox_failed.exit : 0
}

/** Where the platform keeps its files is not known. */
function giveUp({ message }: AppError): Examination {
  const checks = [checkNode(process.version, process.arch), buildUnusable(message)]
  return { tier: null, daemon: false, checks: arrangeChecks(checks), mended: [] }
}

async function examine(context: CommandContext, loaded: LoadedConfig): Promise<Examination> {
  const { io, args } = context
  const { port, public_url: publicUrl } = loaded.config.dashboard
  // A platform on another machine keeps its files there.
  const isHere = (io.env['HAIVEMIND_URL'] ?? '') === ''
  const readFiles = async () => (isHere ? await io.checkFiles(loaded) : [])
  const mends = args.flag('fix')
    ? (await readFiles()).flatMap(({ mend }) => (mend === undefined ? [] : [mend]))
    : []
  const mended = mends.length === 0 ? [] : await io.mendFiles(mends)
  const files = (await readFiles()).map(({ id, area, status, found, fix }) => ({
    id,
    area,
    status,
    found,
    fix,
  }))
  const remote = await askDaemon(context)
  const host = remote ?? (await tryHost(io, loaded, files))
  const about =
    remote === null
      ? [checkNode(process.version, process.arch), checkPort(port, port === 0 ? null : findListener(port))]
      : [checkNode(remote.node, process.arch), checkVersions(io.version, remote), checkSkew(remote)]
  const checks = arrangeChecks([
    ...about,
    checkDaemon(remote),
    ...checkConfiguration(loaded),
    checkExposure(loaded.config.dashboard),
    ...(publicUrl === null || remote === null ? [] : await tryPublicUrl(publicUrl, io.clock.now())),
    ...files,
    ...host.checks,
    ...(remote?.servers ?? []),
  ])
  return { tier: host.tier, daemon: remote !== null, checks, mended }
}

/** Trying needs the folders: where those are broken, that is what there is to say. */
async function tryHost(
  io: CommandContext['io'],
  loaded: LoadedConfig,
  files: readonly HostCheck[],
): Promise<Omit<HostReport, 'tier'> & Pick<Examination, 'tier'>> {
  try {
    return await io.probeHost(loaded)
  } catch (error) {
    if (!files.some(({ status }) => status === 'fail')) throw error
    const found = `no sandbox could be tried: ${error instanceof Error ? error.message : String(error)}`
    const fix = 'Mend the folders named above first.'
    return { tier: null, checks: [{ id: 'sandbox', area: 'isolation', status: 'fail', found, fix }] }
  }
}

function renderCheck({ status, area, found, fix, docs }: ShownCheck, print: Printer): void {
  const color = status === 'ok' ? 'green' : status === 'warn' ? 'yellow' : 'red'
  print.line(`${print.style(color, status.padEnd(4))}  ${area.padEnd(13)}  ${stripControls(found)}`)
  if (status === 'ok') return
  const indent = ' '.repeat(21)
  if (fix !== null) print.line(`${indent}fix: ${stripControls(fix)}`)
  print.line(`${indent}see: ${docs}`)
}
