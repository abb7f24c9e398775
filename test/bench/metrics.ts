/** What counting a call costs, and how long a scrape of many servers takes and keeps others waiting. */
import type { ServerId } from '../../src/domain/id.ts'
import { createPlatformMetrics } from '../../src/domain/metric-list.ts'
import { createCallMeter, type MeasuredCall } from '../../src/insight/metrics/call-meter.ts'
import { renderMetrics } from '../../src/insight/metrics/render-metrics.ts'
import { median } from './median.ts'

const SERVERS = 200
const TOOLS = 5
const ROUNDS = 15
const CALLS = 200_000

export async function benchMetrics(): Promise<void> {
  const metrics = createPlatformMetrics()
  const meter = createCallMeter(metrics, (id) => id)
  const build = (server: number, tool: number): MeasuredCall => ({
    serverId: `srv_${server}` as ServerId,
    method: 'tools/call',
    // As from a message that was just read: no text is the one of the call before.
    tool: Buffer.from(`tool_${tool}`).toString(),
    protocolVersion: '2025-11-25',
    outcome: 'ok',
    startedAt: 0,
    milliseconds: 1.5,
    traceId: '0af7651916cd43dd8448eb211c80319c',
  })
  const all = Array.from({ length: SERVERS * TOOLS }, (_, n) => build(n % SERVERS, Math.floor(n / SERVERS)))
  for (const call of all) meter.note(call, 0.1)
  const rows = { 'one tool in a row': [build(0, 0)], 'another server and tool each time': all }
  for (const [name, calls] of Object.entries(rows)) {
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const begun = performance.now()
      for (let n = 0; n < CALLS; n++) meter.note(calls[n % calls.length]!, 0.1)
      times.push(((performance.now() - begun) / CALLS) * 1000)
    }
    console.log(`a call, ${name}: ${median(times).toFixed(3)} µs (wanted: at most 0.3)`)
  }
  for (let server = 0; server < SERVERS; server++) {
    for (const metric of Object.values(metrics)) {
      const { labels, kind } = metric.definition
      if (kind !== 'histogram' && labels[0] === 'server') {
        metric.set(1, ...labels.map((label) => (label === 'server' ? `srv_${server}` : 'x')))
      }
    }
  }
  for (const format of ['prometheus', 'openmetrics'] as const) {
    const totals: number[] = []
    const longest: number[] = []
    let bytes = 0
    for (let round = 0; round < ROUNDS; round++) {
      const begun = performance.now()
      let text = ''
      let piece = 0
      let since = begun
      for (const chunk of renderMetrics(Object.values(metrics), format)) {
        text += chunk
        piece = Math.max(piece, performance.now() - since)
        await new Promise((resolve) => setImmediate(resolve))
        since = performance.now()
      }
      longest.push(piece)
      bytes = Buffer.byteLength(text)
      totals.push(performance.now() - begun)
    }
    console.log(
      `a scrape of ${SERVERS} servers with ${TOOLS} tools each, ${format}: ${median(totals).toFixed(1)} ms, ` +
        `longest piece ${median(longest).toFixed(1)} ms, ${(bytes / 1e6).toFixed(1)} MB (wanted: 50 ms, 10 ms)`,
    )
  }
}
