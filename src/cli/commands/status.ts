import type { ServerJson } from '../../api/schema/server.ts'
import type { AttentionJson } from '../../api/schema/attention.ts'
import type { HealthJson } from '../../api/schema/health.ts'
import type { Command } from '../command.ts'
import { formatBytes, formatDuration, formatPercent } from '../humanise.ts'
import { stripControls, type Printer } from '../print.ts'
import { renderHealthRows } from '../render-health.ts'
import { renderNetwork, renderReached, renderRefused } from '../render-network.ts'
import { describeStatus, openClient, serverPath, withServer } from '../servers.ts'

export const status: Command = {
  name: 'status',
  group: 'operate',
  summary: 'show what needs somebody, or one server: state, isolation, limits, last exit',
  arguments: '[name]',
  takes: [0, 1],
  examples: [
    ['haivemind status', 'what needs somebody, and what to do about it'],
    ['haivemind status weather', 'for reading'],
    ['haivemind status weather --json', 'for scripts'],
  ],
  async run({ io, args, print }) {
    const [name] = args.positionals
    const client = await openClient(io)
    if (name === undefined) return showAttention(await client.get<AttentionJson>('/attention'), print)
    const server = await withServer(client, name, () => client.get<ServerJson>(serverPath(name)))
    // With --json the document is the server's alone; people see what led to it too.
    const health = print.json ? null : await client.get<HealthJson>(serverPath(name, '/health'))
    print.result(server, () => renderServer(server, health, io.clock.now(), print))
    return 0
  },
}

function showAttention({ items }: AttentionJson, print: Printer): number {
  print.result({ items }, () => {
    if (items.length === 0) return print.note('nothing needs anybody')
    for (const { urgency, server, text, command } of items) {
      print.line(stripControls(`${urgency.padEnd(5)} ${server ?? 'platform'}: ${text}`))
      print.line(stripControls(`      ${command}`))
    }
  })
  return 0
}

function renderServer(server: ServerJson, health: HealthJson | null, now: number, print: Printer): void {
  const { instance, usage, limits, last_exit: exit } = server
  const rows: (readonly [string, string | null])[] = [
    ['name', server.name],
    ['status', describeStatus(server, now)],
    ['reason', server.reason],
    ['stale', server.stale ? `as of ${server.observed_at ?? 'an earlier run of the platform'}` : null],
    ...server.differences.map(
      ({ reason, next_step }) => ['differs', `${reason} ${next_step}`] as readonly [string, string],
    ),
    ['endpoint', server.endpoint],
    ['version', server.version === null ? null : String(server.version)],
    [
      'watched',
      server.watched_until === null ? null : `until ${server.watched_until}: left again if it fails`,
    ],
    ['left', renderFailed(server)],
    ['scan', renderScan(server)],
    ['command', server.command.join(' ')],
    [
      'breaker',
      server.breaker === null
        ? null
        : `${server.breaker.state === 'open' ? 'open' : 'lets one call try'}; ${server.breaker.failures} failures in a row, tried again at ${server.breaker.retry_at}`,
    ],
    ...(health === null ? [] : renderHealthRows(health)),
    ['uptime', server.uptime_seconds === null ? null : formatDuration(server.uptime_seconds)],
    ['restarts', String(server.restarts)],
    ['pid', instance === null ? null : `${instance.pid}${instance.adopted ? ' (taken over)' : ''}`],
    ['protocol', instance === null ? null : instance.protocol_version],
    ['speaks', renderEras(server)],
    ['isolation', instance === null ? null : renderIsolation(instance)],
    ['network', renderNetwork(server)],
    ['reached', renderReached(server.egress)],
    ['refused', renderRefused(server.egress)],
    ['limits', renderLimits(limits)],
    ['secrets', renderSecrets(server)],
    ['to come', renderPending(server)],
    ['disk', renderDisk(server)],
    ['dropped', renderDropped(server)],
    [
      'in use',
      usage === null
        ? null
        : `${formatBytes(usage.memory_bytes)} (peak ${formatBytes(usage.memory_peak_bytes)}), ` +
          `${formatPercent(usage.cpu_percent)} of a core, ${usage.processes} processes`,
    ],
    ...renderProcesses(server.processes),
    ['last exit', exit === null ? null : `${renderCause(exit)}, ${exit.at}: ${exit.detail}`],
    // What was wrong once is no advice for a server that runs.
    ['next step', server.status === 'running' || server.idle ? null : (exit?.hint ?? null)],
    ['notices', (server.detection?.notices ?? []).join(' ')],
  ]
  for (const [key, value] of rows) {
    if (value !== null && value !== '') print.line(`${key.padEnd(10)} ${stripControls(value)}`)
  }
  if (exit !== null && exit.stderr_tail !== '' && server.status !== 'running') {
    print.line('last lines of stderr:')
    for (const line of exit.stderr_tail.trimEnd().split('\n').slice(-20))
      print.line(`  ${stripControls(line)}`)
  }
}

/** `exited (missing_dependency)`; the class only where it says more than the cause. */
function renderCause({ cause, class: kind }: NonNullable<ServerJson['last_exit']>): string {
  return kind === null || kind === cause ? cause : `${cause} (${kind})`
}

/** All but the main one, which the other lines are about. */
function renderProcesses(processes: ServerJson['processes']): (readonly [string, string])[] {
  return processes
    .filter(({ main }) => !main)
    .map((process) => {
      const running = `pid ${process.pid ?? '-'}, ${formatBytes(process.memory_bytes ?? 0)}, ${process.in_flight} calls`
      const now = process.status === 'running' ? `${process.health}, ${running}` : (process.reason ?? '')
      return ['process', `${process.status} (${process.for}): ${now}`]
    })
}

const ERA_WORDS = { legacy: 'up to 2025-11-25', modern: '2026-07-28' } as const

/** Which revisions it speaks, and how it is spoken to where that is set. */
function renderEras({ eras, settings }: ServerJson): string {
  const spoken = eras === null ? 'not known for sure yet' : eras.map((era) => ERA_WORDS[era]).join(', ')
  return settings.upstream_era === 'match' ? spoken : `${spoken}; set to ${settings.upstream_era}`
}

/** The newer version that the platform went back from, or the active one if there was no way back. */
function renderFailed({ name, version, failed_version: failed }: ServerJson): string | null {
  if (failed === null) return null
  const what = failed.number === version ? 'failed, and there is no way back' : 'failed and was left again'
  return `version ${failed.number} ${what} (${failed.at}): ${failed.reason} See haivemind versions ${name}.`
}

/** `review; approved by local: read it through`. */
function renderScan({ name, verdict, review }: ServerJson): string | null {
  if (verdict === null) return null
  const words = verdict === 'not_scanned' ? 'not scanned' : verdict
  if (review === null) return words
  if (review.state === 'pending') return `${words}; waits for haivemind approve ${name} --reason …`
  return `${words}; approved by ${review.by ?? '-'}: ${review.reason ?? ''}`
}

function renderDisk({ disk }: ServerJson): string | null {
  if (disk === null) return null
  const data = disk.data_bytes === null ? 'not to be seen' : formatBytes(disk.data_bytes)
  const parts = `versions ${formatBytes(disk.app_bytes)}, data ${data}, logs ${formatBytes(disk.log_bytes)}`
  return `${formatBytes(disk.total_bytes)} (${parts})`
}

function renderDropped({ log_dropped: { stdout, stderr } }: ServerJson): string | null {
  return stdout + stderr === 0 ? null : `${stdout + stderr} lines of its log: more came than could be written`
}

function renderLimits({ memory_mb, cpu_percent, max_processes, disk_mb }: ServerJson['limits']): string {
  return `${memory_mb} MiB, ${cpu_percent}% of a core, ${max_processes} processes, ${disk_mb} MiB of /data`
}

function renderSecrets({ settings: { secrets } }: ServerJson): string {
  return secrets
    .map(({ name, required, set }) => (set ? name : `${name} (${required ? 'missing' : 'not set'})`))
    .join(', ')
}

/** What is set and not in force. */
function renderPending({ name, limits, settings }: ServerJson): string | null {
  const next = renderLimits(settings.resource_limits)
  const pending = [
    ...(next === renderLimits(limits) ? [] : [next]),
    ...(settings.secrets_pending ? ['changed secrets'] : []),
  ]
  return pending.length === 0 ? null : `${pending.join(', ')}; restart to apply: haivemind restart ${name}`
}

/** The tier, and each protection that is weaker than a hard one. */
function renderIsolation({ tier, uid, enforcement }: NonNullable<ServerJson['instance']>): string {
  const { uid: kind, ...protections } = enforcement
  const weak = Object.entries(protections)
    .filter(([, protection]) => protection.level !== 'hard')
    .map(([name, { level }]) => `${name} ${level}`)
  return `${tier}; uid ${uid}${kind === 'platform' ? " (the platform's)" : ''}${weak.length === 0 ? '' : `; ${weak.join(', ')}`}`
}
