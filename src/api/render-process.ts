import { describeProcessKey } from '../domain/process-key.ts'
import type { ProcessView } from '../domain/process-view.ts'
import { renderTime } from './schema/common.ts'
import type { ProcessJson } from './schema/process.ts'

export function renderProcess({ key, isMain, state, facts, usage, inFlight }: ProcessView): ProcessJson {
  return {
    main: isMain,
    for: describeProcessKey(key),
    era: key.era,
    capabilities: key.capabilities.split('+').filter((name) => name !== ''),
    status: state.kind,
    health: state.kind === 'running' ? state.health : 'unknown',
    since: state.kind === 'running' ? renderTime(state.since) : null,
    pid: facts?.pid ?? null,
    adopted: facts?.adopted ?? false,
    in_flight: inFlight,
    memory_bytes: usage?.memoryBytes ?? null,
    cpu_percent: usage?.cpuPercent ?? null,
    next_try_at: state.kind === 'backoff' ? renderTime(state.nextTry) : null,
    reason: state.kind === 'running' ? null : (state.lastExit?.detail ?? null),
  }
}
