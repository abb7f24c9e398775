/** What a start does once everything is open, and what goes on from then on. */
import type { Clock } from '../domain/clock.ts'
import { startRepeating } from '../domain/repeat.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Hosting } from '../hosting/hosting.ts'
import type { TrafficMeter } from '../insight/samples/traffic-meter.ts'
import type { Supervisor } from '../runtime/supervisor/supervisor.ts'
import type { Store } from '../store/open-store.ts'
import type { Logger } from '../system/log.ts'
import { cleanUpByTimer } from './clean-up-by-timer.ts'
import { repeatLive, type LiveSettings } from './live-settings.ts'
import { openSamples } from './open-samples.ts'
import { startReconciling } from './start-reconciling.ts'

const ADVICE_MS = 3_600_000
/** Of what advice changed: an end for lack of memory is looked at at once. */
const WATCH_MS = 5_000
const EGRESS_FLUSH_MS = 2000
const CLOCK_MS = 10_000
const DISK_MS = 10_000

type WorkDeps = {
  readonly hosting: Hosting
  readonly supervisor: Supervisor
  readonly gateway: Gateway
  readonly store: Store
  readonly traffic: TrafficMeter
  readonly egress: { flush(): Promise<void> }
  readonly live: LiveSettings
  readonly clock: Clock
  readonly logger: Logger
  /** The processes of the daemon before are taken over or ended: calls may come. */
  readonly recovered: () => void
  /** Everything may come. */
  readonly ready: () => void
}

export async function startWork(stack: AsyncDisposableStack, deps: WorkDeps): Promise<void> {
  const { hosting, supervisor, gateway, store, egress, live, clock, logger, recovered, ready } = deps
  // Half-made deployments go first, so that recovery starts nothing of them.
  await hosting.closeOpenOperations()
  const report = await supervisor.recover()
  gateway.resumeParked()
  recovered()
  const ledger = await store.ledger.list()
  await hosting
    .removeStrays(ledger.map(({ serverId }) => serverId))
    .catch((err: unknown) => logger.error('what deleted servers left could not be removed', { err }))
  store.events.emit({
    type: 'platform.started',
    generation: store.generation,
    adopted: report.adopted,
    reaped: report.reaped,
  })
  await hosting.resumeWatching()
  ready()
  const guarded = (task: () => Promise<void>) => () =>
    task().catch((err: unknown) => logger.error('a periodic task failed', { err }))
  const every = (milliseconds: number, task: () => Promise<void>) =>
    startRepeating(clock, milliseconds, guarded(task))
  stack.defer(startReconciling({ supervisor, hosting, events: store.events, clock, logger }))
  stack.defer(every(EGRESS_FLUSH_MS, () => egress.flush()))
  openSamples(stack, { ...deps, serversDir: live.config().servers_dir })
  stack.defer(every(CLOCK_MS, async () => hosting.watchClock()))
  stack.defer(every(DISK_MS, () => hosting.measureDisk()))
  stack.defer(every(ADVICE_MS, () => hosting.adviseByTimer()))
  stack.defer(every(ADVICE_MS, () => hosting.tellProfiles()))
  stack.defer(every(ADVICE_MS, () => hosting.tellInsights()))
  stack.defer(every(WATCH_MS, () => hosting.watchAdvice()))
  const cleanUp = async () => {
    if (live.config().auto_cleanup) await cleanUpByTimer(hosting, store, logger)
  }
  stack.defer(repeatLive(live, clock, (current) => current.cleanup_interval * 1000, guarded(cleanUp)))
}
