/** The egress of this platform: one proxy for each sandbox that may reach anything, all under the operator's rules. */
import { parseEgressRules, type EgressRule, type Place } from '../../domain/egress-rule.ts'
import type { Clock } from '../../domain/clock.ts'
import type { ServerId } from '../../domain/id.ts'
import type { Logger } from '../../system/log.ts'
import type { EgressEntry, EgressLog } from '../ports.ts'
import { findWay, type EgressPolicy, type Network } from './find-way.ts'
import type { InnerListener } from './open-listener.ts'
import { serveProxy, type EgressProxy } from './serve-proxy.ts'

export type EgressDeps = {
  readonly network: Network
  /** Null: a server may declare any public place. */
  readonly ceiling: readonly EgressRule[] | null
  /** Private places that a server may declare. */
  readonly allowPrivate: readonly Place[]
  readonly log: EgressLog
  readonly clock: Clock
  readonly logger: Logger
}

export interface Egress {
  /** @param rules as the server declares them. */
  serveServer(
    serverId: ServerId,
    listener: InnerListener,
    rules: readonly string[],
    onRefused?: (place: Place) => void,
  ): EgressProxy
  serveJob(
    listener: InnerListener,
    places: readonly Place[],
    onEntry: (entry: EgressEntry) => void,
  ): EgressProxy
}

export function openEgress({ network, ceiling, allowPrivate, log, ...deps }: EgressDeps): Egress {
  const serve = (listener: InnerListener, policy: EgressPolicy, onEntry: (entry: EgressEntry) => void) =>
    serveProxy({ ...deps, listener, onEntry, find: (place) => findWay(place, policy, network) })
  return {
    serveServer(serverId, listener, rules, onRefused) {
      const policy = { rules: parseEgressRules(rules), ceiling, trusted: allowPrivate }
      return serve(listener, policy, (entry) => {
        log.record(serverId, entry)
        if (entry.kind === 'refused') onRefused?.({ host: entry.host, port: entry.port })
      })
    },
    serveJob(listener, places, onEntry) {
      const rules = places.map(({ host, port }) => ({ host, wild: false, ports: [port] }))
      // Package sources are the operator's or a package manager's own, so the host's name service decides where they
      // are: many networks lead the public ones to a mirror inside. An archive names none of them.
      return serve(listener, { rules, ceiling: null, trusted: places }, onEntry)
    },
  }
}
