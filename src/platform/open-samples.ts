import type { Clock } from '../domain/clock.ts'
import { startRepeating } from '../domain/repeat.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { createSampleKeeper } from '../hosting/keep-samples.ts'
import type { TrafficMeter } from '../insight/samples/traffic-meter.ts'
import type { Supervisor } from '../runtime/supervisor/supervisor.ts'
import type { Store } from '../store/open-store.ts'
import { readDiskSpace } from '../system/disk-figures.ts'
import { openMachineUsage } from '../system/usage-figures.ts'
import type { Logger } from '../system/log.ts'

const LOOK_MS = 1000

/** Looks at all servers each second from now on, until the stack ends. */
export function openSamples(
  stack: AsyncDisposableStack,
  deps: {
    readonly store: Pick<Store, 'samples' | 'servers' | 'events'>
    readonly supervisor: Supervisor
    readonly gateway: Pick<Gateway, 'loads'>
    readonly traffic: TrafficMeter
    readonly serversDir: string
    readonly clock: Clock
    readonly logger: Logger
  },
): void {
  const { store, supervisor, gateway, traffic, serversDir, clock, logger } = deps
  const machine = openMachineUsage()
  stack.defer(() => machine.close())
  const keeper = createSampleKeeper({
    ...store,
    supervision: supervisor,
    machine: { read: () => machine.read(), readDisk: () => readDiskSpace(serversDir) },
    loads: { read: gateway.loads },
    traffic,
    clock,
  })
  const guard = (task: () => Promise<void>) =>
    task().catch((err: unknown) => logger.error('what servers take could not be kept', { err }))
  stack.defer(() => guard(() => keeper.close()))
  stack.defer(
    store.events.subscribe(({ event }) => {
      if (event.type !== 'server.status' && event.type !== 'server.process') return
      const isEnd = event.status === 'backoff' || event.status === 'failed'
      if (isEnd && event.cause === 'out_of_memory') keeper.noteKill(event.serverId)
    }),
  )
  stack.defer(startRepeating(clock, LOOK_MS, () => guard(() => keeper.look())))
}
