import type { CallFigures } from '../domain/call-figures.ts'
import type { Hosting } from '../hosting/hosting.ts'
import type { ServerCallsJson } from './schema/calls.ts'
import { renderTime } from './schema/common.ts'

export function renderCalls(
  server: string,
  { to, calls: { from, all, byTool } }: Awaited<ReturnType<Hosting['getServerCalls']>>,
): ServerCallsJson {
  return {
    server,
    from: renderTime(from),
    to: renderTime(to),
    all: all && renderFigures(all),
    items: byTool.map(({ method, tool, ...figures }) => ({ method, tool, ...renderFigures(figures) })),
  }
}

function renderFigures({ calls, outcomes, p50, p95, p99, max }: CallFigures) {
  const round = (milliseconds: number) => Math.round(milliseconds * 1000) / 1000
  return {
    calls,
    outcomes: { ...outcomes },
    latency_ms: { p50: round(p50), p95: round(p95), p99: round(p99), max: round(max) },
  }
}
