import { loadConfig } from '../../config/load.ts'
import { AppError } from '../../domain/error.ts'
import { openServiceManager } from '../../system/service-manager.ts'
import type { Command, CommandContext } from '../command.ts'

export const serve: Command = {
  name: 'serve',
  group: 'platform',
  summary: 'start the platform in the foreground',
  takes: [0, 0],
  outlivesReader: true,
  options: {
    config: { type: 'string', value: 'FILE', help: 'configuration file (default config/config.json)' },
  },
  details:
    'Ctrl-C and SIGTERM stop the hosted servers, then the platform. When it is killed instead, the hosted servers\n' +
    'go on and the next start takes them over; SIGUSR2 asks for just that, in order, for an upgrade. SIGHUP reads the\n' +
    'configuration again; one that is not usable changes nothing.',
  examples: [
    ['haivemind serve', 'listen on the configured address, 127.0.0.1:8910 by default'],
    ['haivemind serve --config /etc/haivemind/config.json', 'use another configuration'],
    ['HAIVEMIND__DASHBOARD__PORT=9000 haivemind serve', 'override one key'],
  ],
  run,
}

async function run({ io, args, print }: CommandContext): Promise<number> {
  const load = () => loadConfig(args.text('config'), io.env, io.cwd)
  const loaded = await load()
  const readConfig = async () => {
    const next = await load()
    // Without a file the defaults hold: for a platform that had one, losing it is no wish for them.
    if (loaded.file !== null && next.file === null)
      throw new AppError('invalid_platform_config', `${loaded.file}: no such file`)
    return next
  }
  for (const warning of loaded.warnings) print.warn(warning)
  if (!loaded.config.enabled) {
    throw new AppError('invalid_platform_config', 'mcp_hosting.enabled is false: nothing to serve', {
      hint: 'Set mcp_hosting.enabled to true.',
    })
  }
  const hangups = watchHangups(io)
  const platform = await io.startPlatform(loaded, readConfig)
  const manager = openServiceManager(io.env, io.pid, (text) => print.warn(text))
  try {
    print.record(
      { url: platform.url, isolation_tier: platform.tier, setup_code: platform.setupCode },
      `hAIveMind Hosting listens on ${platform.url} (isolation: ${platform.tier})`,
    )
    if (platform.setupCode !== null) {
      print.note(
        `no administrator yet: setup code ${platform.setupCode} (15 minutes, 5 tries, this machine only)`,
      )
    }
    await manager?.ready()
    hangups.follow(() => platform.reload())
    await aborted(hangups.ended)
    print.note('stopping')
    await manager?.stopping()
  } finally {
    manager?.close()
    await platform.close()
  }
  return 0
}

/**
 * SIGHUP asks a service to read its configuration again; from a terminal it says that the terminal is gone, which ends
 * the platform as Ctrl-C does. One that comes while the platform starts is kept until it can be followed.
 */
function watchHangups(io: CommandContext['io']) {
  const gone = new AbortController()
  let reload: (() => Promise<void>) | null = null
  let isKept = false
  io.onHangup(() => {
    if (io.stdin.isTTY === true) gone.abort()
    else if (reload === null) isKept = true
    else void reload()
  })
  return {
    ended: AbortSignal.any([io.interrupted, gone.signal]),
    follow(task: () => Promise<void>) {
      reload = task
      if (isKept) void task()
    },
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
