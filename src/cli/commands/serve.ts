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
    'go on and the next start takes them over; SIGUSR2 asks for just that, in order, for an upgrade.',
  examples: [
    ['haivemind serve', 'listen on the configured address, 127.0.0.1:8910 by default'],
    ['haivemind serve --config /etc/haivemind/config.json', 'use another configuration'],
    ['HAIVEMIND__DASHBOARD__PORT=9000 haivemind serve', 'override one key'],
  ],
  run,
}

async function run({ io, args, print }: CommandContext): Promise<number> {
  const loaded = await loadConfig(args.text('config'), io.env, io.cwd)
  for (const warning of loaded.warnings) print.warn(warning)
  if (!loaded.config.enabled) {
    throw new AppError('invalid_platform_config', 'mcp_hosting.enabled is false: nothing to serve', {
      hint: 'Set mcp_hosting.enabled to true.',
    })
  }
  const platform = await io.startPlatform(loaded)
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
    await aborted(io.interrupted)
    print.note('stopping')
    await manager?.stopping()
  } finally {
    manager?.close()
    await platform.close()
  }
  return 0
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
