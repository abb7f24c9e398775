/** What a collector gets of the calls that go through the platform, and what the server sees of the trace. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callModern } from './metrics-client.ts'
import { parseSamples, sampleOf } from './metrics-text.ts'
import { startCollector, type Collector, type Span } from './otlp-collector.ts'
import { eventually, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash } from './servers.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const OTHER = `00-11111111111111111111111111111111-2222222222222222-01`

/** Answers with the context that it got. */
const onCall = `[[ $line =~ \\"traceparent\\":\\"([^\\"]*)\\" ]]
    reply "$id" "{\\"content\\":[{\\"type\\":\\"text\\",\\"text\\":\\"\${BASH_REMATCH[1]}\\"}]}"`

let collector: Collector
let platform: Platform
let token = ''
let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'haivemind-otlp-'))
  const headers_file = join(folder, 'headers')
  writeFileSync(headers_file, 'X-Api-Key: k-123\n')
  chmodSync(headers_file, 0o600)
  collector = await startCollector()
  platform = await startPlatform({
    telemetry: { otlp: { endpoint: collector.url, headers_file, interval: 1 } },
  })
  await deployBash(platform, 'tell', buildServer({ onCall }))
  token = await platform.token('mcp:call', 'metrics:read')
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  await collector[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const attributesOf = ({ attributes }: Span) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]))

/** What the server saw. */
async function call(tool: string, extra: Parameters<typeof callModern>[4]): Promise<string> {
  const answer = (await callModern(platform.url, token, 'tell', tool, extra)) as {
    result: { content: { text: string }[] }
  }
  return answer.result.content[0]?.text ?? ''
}

const findSpans = (fits: (span: Span) => boolean, count: number) =>
  eventually('the collector has the spans', async () => {
    const found = (await collector.spans()).filter(fits)
    return found.length < count ? null : found.toSorted((a, b) => a.kind - b.kind)
  })

describe('traces', () => {
  it('M-03: a call is a child of its client, and the server a child of the gateway', async () => {
    const meta = { traceparent: `00-${TRACE}-${PARENT}-01` }
    const seen = await call('act', { meta, headers: { traceparent: OTHER } })
    const [own, toServer] = await findSpans(({ traceId }) => traceId === TRACE, 2)
    expect(own).toMatchObject({ name: 'tools/call act', kind: 2, parentSpanId: PARENT, status: {} })
    // What the HTTP headers say is another context, which is named and not followed.
    expect(own?.links).toEqual([{ traceId: OTHER.slice(3, 35), spanId: OTHER.slice(36, 52) }])
    expect(toServer).toMatchObject({ name: 'tools/call act', kind: 3, parentSpanId: own?.spanId })
    expect(seen).toBe(`00-${TRACE}-${toServer?.spanId}-01`)
    expect(attributesOf(own!)).toEqual({
      'haivemind.server.name': 'tell',
      'mcp.method.name': 'tools/call',
      'mcp.protocol.version': '2026-07-28',
      'gen_ai.tool.name': 'act',
      'gen_ai.operation.name': 'execute_tool',
      'network.transport': 'tcp',
    })
    const nanoseconds = (span: Span | undefined) =>
      [span?.startTimeUnixNano, span?.endTimeUnixNano].map((at) => BigInt(at ?? 0))
    const [from = 0n, to = 0n] = nanoseconds(own)
    const [sent = 0n, answered = 0n] = nanoseconds(toServer)
    expect([from <= sent, sent < answered, answered <= to + 1_000_000n]).toEqual([true, true, true])
  })

  it('follows the headers where the message says nothing, and begins a trace where nobody does', async () => {
    const seen = await call('by-header', { headers: { traceparent: OTHER } })
    const [own] = await findSpans(({ name }) => name === 'tools/call by-header', 2)
    expect([own?.traceId, own?.parentSpanId, own?.links]).toEqual([
      OTHER.slice(3, 35),
      OTHER.slice(36, 52),
      [],
    ])
    expect(seen.slice(3, 35)).toBe(OTHER.slice(3, 35))
    const begun = await call('alone', {})
    const [root, below] = await findSpans(({ name }) => name === 'tools/call alone', 2)
    expect([root?.traceId, root?.parentSpanId, below?.spanId]).toEqual([
      begun.slice(3, 35),
      '',
      begun.slice(36, 52),
    ])
  })

  it('leaves alone what its client does not want traced', async () => {
    const context = `00-${'3'.repeat(32)}-${'4'.repeat(16)}-00`
    expect(await call('unsampled', { meta: { traceparent: context } })).toBe(context)
    await call('after', {})
    await findSpans(({ name }) => name === 'tools/call after', 2)
    expect((await collector.spans()).filter(({ name }) => name.endsWith('unsampled'))).toEqual([])
  })

  it('keeps what the collector does not take now, and no call waits for it', async () => {
    await collector.answer(503)
    await call('kept', {})
    await eventually('it was tried', async () => {
      const response = await fetch(`${platform.url}/metrics`, {
        headers: { authorization: `Bearer ${token}` },
      })
      const samples = parseSamples(await response.text())
      return sampleOf(samples, 'haivemind_otlp_exports_total', { signal: 'traces', result: 'retry' }) ?? null
    })
    await collector.answer(200)
    expect(await findSpans(({ name }) => name === 'tools/call kept', 2)).toHaveLength(2)
  })
})

it('sends the metrics too, with the headers of the file', async () => {
  type Body = {
    resourceMetrics: {
      scopeMetrics: { metrics: { name: string; histogram?: { dataPoints: { count: string }[] } }[] }[]
    }[]
  }
  const found = await eventually('the collector has metrics of calls', async () => {
    const all = (await collector.received()).filter(({ path }) => path === '/v1/metrics')
    const metrics = all.flatMap(
      ({ body }) => (body as Body).resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? [],
    )
    return metrics.findLast(({ name }) => name === 'mcp.server.operation.duration') ?? null
  })
  expect(Number(found.histogram?.dataPoints[0]?.count)).toBeGreaterThan(0)
  const keys = new Set((await collector.received()).map(({ headers }) => headers['x-api-key']))
  expect([...keys]).toEqual(['k-123'])
})
