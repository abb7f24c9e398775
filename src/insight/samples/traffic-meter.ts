/** What went through a server since it was last asked: calls by the gateway, bytes by the proxy of its sandbox. */
import type { ServerId } from '../../domain/id.ts'
import { addLatency, mergeLatencies, type LatencyHistogram } from '../../domain/latency-histogram.ts'

export type Traffic = {
  readonly calls: number
  readonly errors: number
  readonly latencies: LatencyHistogram
  readonly latencySum: number
  readonly latencyMax: number
  readonly sentBytes: number
  readonly receivedBytes: number
}

export interface TrafficMeter {
  /** On the way of every call. */
  noteCall(this: void, serverId: ServerId, milliseconds: number, isError: boolean): void
  noteBytes(this: void, serverId: ServerId, sent: number, received: number): void
  /** All servers that had any since the last time. */
  take(this: void): ReadonlyMap<ServerId, Traffic>
}

export function createTrafficMeter(): TrafficMeter {
  type Mutable = { -readonly [K in keyof Traffic]: Traffic[K] }
  let gathered = new Map<ServerId, Mutable>()
  const find = (serverId: ServerId): Mutable => {
    let found = gathered.get(serverId)
    if (found === undefined) gathered.set(serverId, (found = buildNothing()))
    return found
  }
  return {
    noteCall(serverId, milliseconds, isError) {
      const traffic = find(serverId)
      traffic.calls++
      if (isError) traffic.errors++
      addLatency(traffic.latencies, milliseconds)
      traffic.latencySum += milliseconds
      traffic.latencyMax = Math.max(traffic.latencyMax, milliseconds)
    },
    noteBytes(serverId, sent, received) {
      const traffic = find(serverId)
      traffic.sentBytes += sent
      traffic.receivedBytes += received
    },
    take() {
      const taken = gathered
      gathered = new Map()
      return taken
    },
  }
}

export function buildNothing(): Traffic {
  return {
    calls: 0,
    errors: 0,
    latencies: new Map(),
    latencySum: 0,
    latencyMax: 0,
    sentBytes: 0,
    receivedBytes: 0,
  }
}

export function sumTraffic(parts: readonly Traffic[]): Traffic {
  const latencies: LatencyHistogram = new Map()
  for (const part of parts) mergeLatencies(latencies, part.latencies)
  const sum = (pick: (part: Traffic) => number) => parts.reduce((total, part) => total + pick(part), 0)
  return {
    calls: sum(({ calls }) => calls),
    errors: sum(({ errors }) => errors),
    latencies,
    latencySum: sum(({ latencySum }) => latencySum),
    latencyMax: parts.reduce((max, part) => Math.max(max, part.latencyMax), 0),
    sentBytes: sum(({ sentBytes }) => sentBytes),
    receivedBytes: sum(({ receivedBytes }) => receivedBytes),
  }
}
