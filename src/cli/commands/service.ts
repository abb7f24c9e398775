import { runProcess } from '../../system/spawn.ts'
import type { Command } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import { buildUnit, DEFAULT_UNIT, UNIT_KINDS } from '../service/build-unit.ts'

export const service: Command = {
  name: 'service',
  group: 'platform',
  summary: 'print the systemd unit of this installation',
  arguments: 'print',
  takes: [1, 1],
  options: {
    as: {
      type: 'string',
      value: 'KIND',
      help: 'user (default), subordinate (a uid a server, by newuidmap) or root (a uid a server, by root)',
    },
    config: { type: 'string', value: 'FILE', help: `configuration file (default ${DEFAULT_UNIT.config})` },
  },
  details:
    'The unit starts this very program, fits the systemd of this machine, and restarts the platform when its event loop\n' +
    'stands still. docs/operating.md says how to install it and what the three kinds are good for.',
  examples: [
    ['haivemind service print > /etc/systemd/system/haivemind.service', 'then systemctl daemon-reload'],
    ['haivemind service print --as root', 'every server gets a uid of its own'],
  ],
  async run({ io, args, print }) {
    if (args.positionals[0] !== 'print') throw usage(service, `service has no "${args.positionals[0]}"`)
    const asked = args.text('as') ?? DEFAULT_UNIT.kind
    const kind = UNIT_KINDS.find((one) => one === asked)
    if (kind === undefined) throw usage(service, `--as is ${UNIT_KINDS.join(', ')}`)
    const hidden = io.program.find((path) => /^\/(?:home|root|run\/user|tmp|var\/tmp)\//.test(path))
    if (hidden !== undefined) {
      print.warn(
        `the service cannot see ${hidden} (ProtectHome, PrivateTmp): install the package system-wide`,
      )
    }
    const unit = buildUnit({
      kind,
      program: io.program,
      config: args.text('config') ?? DEFAULT_UNIT.config,
      systemdVersion: await readSystemdVersion(),
    })
    print.result({ kind, unit }, () => print.line(unit.trimEnd()))
    return 0
  },
}

/** Of this machine; without one, the oldest that is catered for. */
async function readSystemdVersion(): Promise<number> {
  const { stdout } = await runProcess(['systemctl', '--version'], {
    environment: { PATH: '/usr/bin:/bin' },
    timeoutMs: 5_000,
  })
  return Number(/^systemd (\d+)/.exec(stdout)?.[1] ?? DEFAULT_UNIT.systemdVersion)
}
