/** The platform's metrics: what is counted as it happens, and what is looked at when somebody asks. */
import type { Clock } from '../domain/clock.ts'
import type { EventRecord } from '../domain/event.ts'
import type { ServerId } from '../domain/id.ts'
import { createPlatformMetrics, type PlatformMetrics } from '../domain/metric-list.ts'
import { startRepeating } from '../domain/repeat.ts'
import { createCallMeter, type MeasuredCall } from '../insight/metrics/call-meter.ts'
import { createEventMeter } from '../insight/metrics/event-meter.ts'
import {
  chooseMetricsFormat,
  METRICS_TYPES,
  renderMetrics,
  type MetricsFormat,
} from '../insight/metrics/render-metrics.ts'
import { createServerMeter } from '../insight/metrics/server-meter.ts'
import type { Supervisor } from '../runtime/supervisor/supervisor.ts'
import type { Store } from '../store/open-store.ts'
import { startProcessFigures } from '../system/process-figures.ts'

export type MetricsText = { readonly contentType: string; readonly body: string }

export interface OpenMetrics {
  readonly metrics: PlatformMetrics
  /** On the way of every call. */
  noteCall(call: MeasuredCall): void
  /** Looks at servers from now on, whenever metrics are read and in between. */
  watch(supervisor: Pick<Supervisor, 'names' | 'findByName' | 'state' | 'processes'>): void
  /** @param accept as the Accept header has it */
  read(accept: string): Promise<MetricsText>
  close(): void
}

/** Usage is sampled every two seconds; what a process used between two looks is lost when it ends. */
const LOOK_MS = 5_000

export async function openMetrics(deps: {
  readonly store: Pick<Store, 'servers' | 'events'>
  readonly clock: Clock
  readonly version: string
}): Promise<OpenMetrics> {
  const { store, clock } = deps
  const metrics = createPlatformMetrics()
  const names = new Map<ServerId, string>()
  for (const { id, name } of await store.servers.list()) {
    names.set(id, name)
    metrics.serverRestarts.add(0, name)
  }
  const calls = createCallMeter(metrics.callDuration, (id) => names.get(id) ?? id)
  const noteEvent = createEventMeter(metrics)
  const takeEvent = (record: EventRecord) => {
    const { event } = record
    if (event.type === 'server.created') names.set(event.serverId, event.server)
    if (event.type === 'server.deleted') calls.forget(event.serverId)
    noteEvent(record)
    if (event.type === 'server.deleted') names.delete(event.serverId)
  }
  const unsubscribe = store.events.subscribe(takeEvent)

  metrics.buildInfo.set(1, deps.version, process.version)
  const own = startProcessFigures()
  const lookAtSelf = () => {
    const { cpuSeconds, residentBytes, startedAt, descriptors, maxDescriptors, lag } = own.read()
    metrics.processCpu.set(cpuSeconds)
    metrics.processMemory.set(residentBytes)
    metrics.processStart.set(startedAt)
    metrics.processDescriptors.set(descriptors)
    if (maxDescriptors !== null) metrics.processMaxDescriptors.set(maxDescriptors)
    for (const [stat, seconds] of Object.entries(lag)) metrics.eventLoopLag.set(seconds, stat)
  }

  let lookAtServers = () => {}
  const stop = startRepeating(clock, LOOK_MS, () => lookAtServers())

  /** One at a time for each format: who asks meanwhile gets the same. */
  const rendering = new Map<MetricsFormat, Promise<string>>()
  const render = async (format: MetricsFormat): Promise<string> => {
    lookAtSelf()
    lookAtServers()
    let text = ''
    for (const chunk of renderMetrics(Object.values(metrics), format)) {
      text += chunk
      // However much there is, calls go first.
      await new Promise((resolve) => setImmediate(resolve))
    }
    return text
  }

  return {
    metrics,
    noteCall: (call) => calls.note(call),
    watch(supervisor) {
      const look = createServerMeter(metrics)
      lookAtServers = () =>
        look(
          supervisor.names().flatMap((name) => {
            const serverId = supervisor.findByName(name)
            const state = serverId === null ? null : supervisor.state(serverId)
            if (serverId === null || state === null) return []
            return [{ serverId, name, state, processes: supervisor.processes(serverId) }]
          }),
        )
    },
    async read(accept) {
      const format = chooseMetricsFormat(accept)
      const running = rendering.get(format) ?? render(format).finally(() => rendering.delete(format))
      rendering.set(format, running)
      return { contentType: METRICS_TYPES[format], body: await running }
    },
    close() {
      unsubscribe()
      stop()
      own.stop()
    },
  }
}
