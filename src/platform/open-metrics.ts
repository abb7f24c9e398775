/** The platform's metrics: what is counted as it happens, and what is looked at when somebody asks. */
import type { ApiMetrics } from '../api/api-metrics.ts'
import type { PlatformConfig } from '../config/schema.ts'
import type { AuditReader } from '../domain/audit.ts'
import type { Clock } from '../domain/clock.ts'
import type { Evidence } from '../domain/health.ts'
import type { ServerId } from '../domain/id.ts'
import type { PlatformMetrics } from '../domain/metric-list.ts'
import { startRepeating } from '../domain/repeat.ts'
import type { ServerFiles } from '../hosting/ports.ts'
import type { Gateway, GatewayDeps } from '../gateway/gateway.ts'
import { createCallMeter } from '../insight/metrics/call-meter.ts'
import { createEventMeter } from '../insight/metrics/event-meter.ts'
import {
  chooseMetricsFormat,
  METRICS_TYPES,
  renderMetrics,
  type MetricsFormat,
} from '../insight/metrics/render-metrics.ts'
import { createServerMeter } from '../insight/metrics/server-meter.ts'
import { createTrafficMeter, type TrafficMeter } from '../insight/samples/traffic-meter.ts'
import type { LogFiles } from '../runtime/instance/log-files.ts'
import type { Supervisor } from '../runtime/supervisor/supervisor.ts'
import { findNewestBackup } from '../store/backup/backup-folder.ts'
import type { Store } from '../store/open-store.ts'
import { readDiskSpace, readFileSizes } from '../system/disk-figures.ts'
import type { Logger } from '../system/log.ts'
import { startProcessFigures } from '../system/process-figures.ts'
import { backupsDirOf, databasePathOf } from './open-records.ts'

type Watched = {
  readonly supervisor: Pick<Supervisor, 'names' | 'findByName' | 'state' | 'processes'>
  readonly gateway: Pick<Gateway, 'figures'>
  readonly logs: Pick<LogFiles, 'dropped' | 'measure'>
  readonly files: Pick<ServerFiles, 'measure'>
}

export interface OpenMetrics {
  /** What people call a server; its id when that is not known. */
  nameOf(this: void, serverId: ServerId): string
  readonly gateway: Pick<GatewayDeps, 'onCall' | 'onLimited'>
  readonly api: ApiMetrics
  /** For the samples. */
  readonly traffic: TrafficMeter
  /** For the supervisor. */
  noteEvidence(this: void, serverId: ServerId, evidence: Evidence): void
  /** Looks at these from now on, whenever metrics are read and in between. */
  watch(parts: Watched): void
  /** As they are now. */
  refresh(): Promise<void>
  close(): void
}

/** Usage is sampled each second; what a process used between two looks is lost when it ends. */
const LOOK_MS = 5_000
/** Folders of servers are walked, which may be many files. */
const FIRST_DISK_MS = 20_000
const DISK_MS = 300_000
/** The whole chain is read, so not at once after the start and not often. */
const FIRST_AUDIT_MS = 60_000
const AUDIT_MS = 6 * 3_600_000

export async function openMetrics(deps: {
  readonly metrics: PlatformMetrics
  readonly records: { readonly store: Pick<Store, 'servers' | 'events'>; readonly audit: AuditReader }
  readonly config: PlatformConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly version: string
  readonly commit: string
}): Promise<OpenMetrics> {
  const { metrics, records, config, clock, logger } = deps
  const { store, audit } = records
  const stops: (() => void)[] = []
  const names = new Map<ServerId, string>()
  const nameOf = (serverId: ServerId) => names.get(serverId) ?? serverId
  for (const { id, name } of await store.servers.list()) {
    names.set(id, name)
    metrics.serverRestarts.add(0, name)
  }
  const calls = createCallMeter(metrics, nameOf)
  const traffic = createTrafficMeter()
  const noteEvent = createEventMeter(metrics)
  stops.push(
    store.events.subscribe((record) => {
      const { event } = record
      if (event.type === 'server.created') names.set(event.serverId, event.server)
      if (event.type === 'server.deleted') calls.forget(event.serverId)
      noteEvent(record)
      if (event.type === 'server.deleted') names.delete(event.serverId)
    }),
  )

  metrics.buildInfo.set(1, deps.version, process.version, deps.commit)
  metrics.scanEngineActive.set(config.security.scan_uploads ? 1 : 0, 'code')
  metrics.scanEngineActive.set(
    config.security.scan_uploads && config.security.osv_dir !== null ? 1 : 0,
    'osv',
  )
  const checkAudit = async () => {
    try {
      metrics.auditIntact.set((await audit.verify()).problem === null ? 1 : 0)
    } catch (err) {
      metrics.auditIntact.set(0)
      logger.error('the audit log could not be checked', { err })
    }
  }
  stops.push(
    clock.after(FIRST_AUDIT_MS, () => void checkAudit()),
    startRepeating(clock, AUDIT_MS, checkAudit),
  )

  const own = startProcessFigures()
  stops.push(() => own.stop())
  let lookAtParts = () => {}
  stops.push(startRepeating(clock, LOOK_MS, () => lookAtParts()))
  const refresh = async () => {
    lookAtParts()
    const { cpuSeconds, residentBytes, startedAt, descriptors, maxDescriptors, lag } = own.read()
    metrics.processCpu.set(cpuSeconds)
    metrics.processMemory.set(residentBytes)
    metrics.processStart.set(startedAt)
    metrics.processDescriptors.set(descriptors)
    if (maxDescriptors !== null) metrics.processMaxDescriptors.set(maxDescriptors)
    for (const [stat, seconds] of Object.entries(lag)) metrics.eventLoopLag.set(seconds, stat)
    const database = databasePathOf(config)
    metrics.dbSize.set(await readFileSizes([database, `${database}-wal`]))
    metrics.backupNewest.set(((await findNewestBackup(backupsDirOf(config)))?.createdAt ?? 0) / 1000)
    const places = { data: config.data_dir, servers: config.servers_dir, logs: config.logs_dir }
    for (const [place, path] of Object.entries(places)) {
      const space = await readDiskSpace(path)
      if (space === null) continue
      metrics.diskFree.set(space.freeBytes, place)
      metrics.diskSize.set(space.sizeBytes, place)
    }
  }

  /** One at a time for each format: who asks meanwhile gets the same. */
  const rendering = new Map<MetricsFormat, Promise<string>>()
  const render = async (format: MetricsFormat): Promise<string> => {
    await refresh()
    let text = ''
    for (const chunk of renderMetrics(Object.values(metrics), format)) {
      text += chunk
      // However much there is, calls go first.
      await new Promise((resolve) => setImmediate(resolve))
    }
    return text
  }

  return {
    nameOf,
    refresh,
    traffic,
    gateway: {
      onCall(call, overheadMs) {
        calls.note(call, overheadMs)
        traffic.noteCall(call.serverId, call.milliseconds, call.outcome !== 'ok')
      },
      onLimited: () => metrics.rateLimited.add(1, 'mcp'),
    },
    api: {
      isPublic: config.telemetry.prometheus.public,
      async read(accept) {
        const format = chooseMetricsFormat(accept)
        const running = rendering.get(format) ?? render(format).finally(() => rendering.delete(format))
        rendering.set(format, running)
        return { contentType: METRICS_TYPES[format], body: await running }
      },
      noteServed(route, method, status, seconds) {
        metrics.httpRequests.add(1, route, nameMethod(method), `${Math.floor(status / 100)}xx`)
        metrics.httpDuration.observe(seconds, route, nameMethod(method))
      },
      noteLimited: (policy) => metrics.rateLimited.add(1, policy),
      noteStreams: (open) => metrics.eventsClients.set(open),
    },
    noteEvidence(serverId, { passed, ms }) {
      const name = nameOf(serverId)
      metrics.healthChecks.add(1, name, passed ? 'passed' : 'failed')
      if (passed && ms !== null) metrics.healthDuration.observe(ms / 1000, name)
    },
    watch({ supervisor, gateway, logs, files }) {
      const measure = async () => {
        for (const [serverId, name] of names) {
          try {
            const data = await files.measure(serverId)
            if (data !== null) metrics.serverDisk.set(data, name, 'data')
            metrics.serverDisk.set(await logs.measure(serverId), name, 'logs')
          } catch (err) {
            logger.warn('what a server keeps could not be measured', { server_id: serverId, err })
          }
          if (!names.has(serverId)) metrics.serverDisk.forget('server', name)
        }
      }
      stops.push(
        clock.after(FIRST_DISK_MS, () => void measure()),
        startRepeating(clock, DISK_MS, measure),
      )
      const look = createServerMeter(metrics)
      lookAtParts = () => {
        const seen = supervisor.names().flatMap((name) => {
          const serverId = supervisor.findByName(name)
          const state = serverId === null ? null : supervisor.state(serverId)
          if (serverId === null || state === null) return []
          return [{ serverId, name, state, processes: supervisor.processes(serverId) }]
        })
        look(seen)
        for (const { serverId, name } of seen) {
          for (const [stream, count] of Object.entries(logs.dropped(serverId))) {
            if (count > 0) metrics.logDropped.set(count, name, stream)
          }
        }
        const { servers, sessions, streams } = gateway.figures()
        metrics.gatewayInflight.replace(servers.map((one) => [one.inFlight, nameOf(one.serverId)]))
        metrics.gatewayQueue.replace(servers.map((one) => [one.waiting, nameOf(one.serverId)]))
        metrics.sessions.set(sessions)
        for (const [kind, count] of Object.entries(streams)) metrics.streams.set(count, kind)
      }
    },
    close() {
      for (const stop of stops) stop()
    },
  }
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS'])
function nameMethod(method: string): string {
  return METHODS.has(method) ? method : 'other'
}
