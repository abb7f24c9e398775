import { COUNTERS, type Risen } from './counter-book.ts'
import type { Look } from './sample-slot.ts'

/** The machine at this moment, and what its servers take of it together. */
export function lookAtHost(
  machine: {
    readonly cpuMillicores: number | null
    readonly cores: number
    readonly memoryUsed: number
    readonly memorySize: number
  },
  servers: readonly Look[],
): Look {
  const add = (pick: (look: Look) => number | null) =>
    servers.reduce<number | null>((sum, look) => {
      const value = pick(look)
      return value === null ? sum : (sum ?? 0) + value
    }, null)
  const counters = COUNTERS.map((name) => [name, add(({ risen }) => risen[name])] as const)
  return {
    memory: machine.memoryUsed,
    memoryPeak: null,
    memoryLimit: machine.memorySize,
    memoryTotal: add(({ memoryTotal }) => memoryTotal) ?? 0,
    cpu: machine.cpuMillicores,
    cpuLimit: machine.cores * 1000,
    cpuTotal: servers.length === 0 ? 0 : add(({ cpuTotal }) => cpuTotal),
    processes: add(({ processes }) => processes) ?? 0,
    descriptors: add(({ descriptors }) => descriptors),
    connections: add(({ connections }) => connections),
    sessions: add(({ sessions }) => sessions) ?? 0,
    streams: add(({ streams }) => streams) ?? 0,
    risen: {
      ...(Object.fromEntries(counters) as Omit<Risen, 'starts'>),
      starts: add(({ risen }) => risen.starts) ?? 0,
    },
    isWatched: servers.some(({ isWatched }) => isWatched),
  }
}
