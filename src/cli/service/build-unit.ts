/** The systemd unit, as text: packaging/systemd holds what it says by default. */
export const UNIT_KINDS = ['user', 'subordinate', 'root'] as const

export type UnitSettings = {
  /**
   * `user`: a user of the service's own that can gain no privileges. `subordinate`: the same with newuidmap, for a uid
   * a server. `root`: root with a bounded set of capabilities, for a uid a server.
   */
  readonly kind: (typeof UNIT_KINDS)[number]
  /** What starts the program, for example ['/usr/bin/haivemind']: absolute, as systemd wants it. */
  readonly program: readonly string[]
  readonly config: string
  readonly systemdVersion: number
}

export const DEFAULT_UNIT: UnitSettings = {
  kind: 'user',
  program: ['/usr/bin/haivemind'],
  config: '/etc/haivemind/config.json',
  systemdVersion: 252,
}

export function buildUnit({ kind, program, config, systemdVersion }: UnitSettings): string {
  const words = [...program, 'serve', '--config', config]
  return [
    `# hAIveMind Hosting, ${TITLES[kind]}. Written by: haivemind service print --as ${kind}`,
    HEAD,
    `ExecStart=${words.map(quoteWord).join(' ')}`,
    LIFE,
    buildHandOver(kind, systemdVersion),
    ...IDENTITY[kind],
    HARDENING,
    ...FILTER[kind],
    FOOT,
  ].join('\n')
}

const TITLES = {
  user: 'as a user of its own: servers share its uid behind a user namespace',
  subordinate: 'as a user of its own with subordinate ids: every server gets a uid',
  root: 'as root with a bounded set of capabilities: every server gets a uid',
} as const

const HEAD = `[Unit]
Description=hAIveMind Hosting
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
NotifyAccess=all`

const LIFE = `ExecReload=/bin/kill -HUP $MAINPID
Environment=HAIVEMIND__DATA_DIR=/var/lib/haivemind
Environment=HAIVEMIND__SERVERS_DIR=/var/lib/haivemind/mcp_servers
Environment=HAIVEMIND__UPLOADS_DIR=/var/lib/haivemind/mcp_uploads
Environment=HAIVEMIND__LOGS_DIR=/var/lib/haivemind/mcp_logs
WorkingDirectory=/var/lib/haivemind

# Exit code 78 is a configuration that no restart mends. The watchdog ends a daemon whose event loop stands still.
Restart=always
RestartSec=1
RestartPreventExitStatus=78
WatchdogSec=30
WatchdogSignal=SIGKILL
TimeoutStartSec=300
TimeoutStopSec=25

# Hosted servers are not systemd's to end: stopping asks the daemon, which ends them.
KillMode=process
Delegate=yes`

/**
 * Cgroup v2 lets no process into a group that passes controllers on (cgroups(7), "no internal processes"). A daemon
 * without root keeps its servers in such groups below its own, where the next one could not be started beside them:
 * systemd starts it in a group further down from version 254 on. Root keeps them at the top of the hierarchy.
 */
const DELEGATE_SUBGROUP_SINCE = 254

function buildHandOver(kind: UnitSettings['kind'], systemdVersion: number): string {
  if (kind === 'root') return '# A restart hands them over to the next daemon.\nRestartKillSignal=SIGUSR2\n'
  if (systemdVersion < DELEGATE_SUBGROUP_SINCE) {
    return `# Before systemd ${DELEGATE_SUBGROUP_SINCE} a restart ends them too, and starts them again: see docs/operating.md.\nRestartKillSignal=SIGTERM\n`
  }
  return '# A restart hands them over to the next daemon.\nRestartKillSignal=SIGUSR2\nDelegateSubgroup=supervisor\n'
}

const OWN_USER = `User=haivemind
Group=haivemind`

const IDENTITY = {
  user: [OWN_USER, 'NoNewPrivileges=yes', 'CapabilityBoundingSet='],
  subordinate: [
    OWN_USER,
    '# newuidmap is set-uid: no NoNewPrivileges, and nothing that implies it for a service with a user, as every filter does.',
    'CapabilityBoundingSet=CAP_SETUID CAP_SETGID',
  ],
  root: [
    'User=root',
    'NoNewPrivileges=yes',
    'CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_KILL CAP_NET_ADMIN CAP_SETFCAP CAP_SETGID CAP_SETPCAP CAP_SETUID CAP_SYS_ADMIN CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_RESOURCE',
  ],
} as const

const HARDENING = `StateDirectory=haivemind
StateDirectoryMode=0711
ConfigurationDirectory=haivemind
UMask=0077
LimitNOFILE=65536
LimitCORE=0

ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes`

/** Each of them is a filter of system calls or implies one, and with User= brings NoNewPrivileges (systemd.exec(5)). */
const FILTERS = `RemoveIPC=yes
ProtectKernelModules=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service @mount seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self sethostname quotactl
SystemCallFilter=~@clock @module @obsolete @raw-io @reboot @swap
SystemCallErrorNumber=EPERM`

const FILTER = { user: [FILTERS], subordinate: [], root: [FILTERS] } as const

const FOOT = `# Left off, since sandboxes need them: RestrictNamespaces, ProtectKernelTunables, ProtectKernelLogs, ProtectControlGroups,
# ProtectHostname, ProcSubset, PrivateDevices. MemoryDenyWriteExecute would stop the JIT of V8.

[Install]
WantedBy=multi-user.target
`

/** systemd.service(5), "Command lines": double quotes; a percent sign and a dollar are doubled. */
function quoteWord(word: string): string {
  const safe = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  if (!/[\s"'\\;]/.test(safe)) return safe
  return `"${safe.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
