/** /metrics as Prometheus reads it: who may, in which formats, and whether it counts what happened. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METRIC_LIST } from '../../src/domain/metric-list.ts'
import { callModern } from './metrics-client.ts'
import { PROMTOOL, hasPromtool } from './promtool.ts'
import { parseSamples, sampleOf } from './metrics-text.ts'
import { ROOT, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash } from './servers.ts'

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

let platform: Platform
let token = ''
beforeAll(async () => {
  platform = await startPlatform()
  token = await platform.token('metrics:read')
})
afterAll(async () => platform[Symbol.asyncDispose]())

const ask = (accept = '*/*', as: string | null = token) =>
  fetch(`${platform.url}/metrics`, {
    headers: { accept, ...(as === null ? {} : { authorization: `Bearer ${as}` }) },
  })
const scrape = async (accept?: string) => (await ask(accept)).text()

const ANSWER = `reply "$id" '{"content":[{"type":"text","text":"hello"}]}'`

describe('GET /metrics', () => {
  it('is for tokens that may read metrics', async () => {
    const other = await platform.token('servers:read')
    const statuses = await Promise.all([ask('*/*', null), ask('*/*', other), ask()])
    expect(statuses.map(({ status }) => status)).toEqual([401, 403, 200])
  })

  it('M-05: answers OpenMetrics to whoever asks for it, and Prometheus text to others', async () => {
    const [plain, open] = await Promise.all([ask(), ask(OPENMETRICS)])
    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(open.headers.get('content-type')).toBe(OPENMETRICS)
    const [text, openText] = await Promise.all([plain.text(), open.text()])
    expect(text).not.toContain('# EOF')
    expect(openText.endsWith('\n# EOF\n')).toBe(true)
    expect([...parseSamples(openText).keys()].toSorted()).toEqual([...parseSamples(text).keys()].toSorted())
  })

  it.skipIf(!hasPromtool)('M-01: promtool finds nothing to say about it', async () => {
    const run = spawnSync(PROMTOOL, ['check', 'metrics'], { input: await scrape(), encoding: 'utf8' })
    expect([run.status, run.stdout, run.stderr]).toEqual([0, '', ''])
  })

  it('M-02: counts a scripted run exactly', async () => {
    const onCall = `case $line in *'"name":"fail"'*) reply "$id" '{"isError":true,"content":[]}' ;; *) ${ANSWER} ;; esac`
    await deployBash(platform, 'scripted', buildServer({ onCall }))
    const caller = await platform.token('mcp:call')
    const call = (tool: string) => callModern(platform.url, caller, 'scripted', tool)
    const before = parseSamples(await scrape())
    for (let n = 0; n < 7; n++) await call('act')
    for (let n = 0; n < 3; n++) await call('fail')
    await platform.json('restart', 'scripted')
    for (let n = 0; n < 2; n++) await call('act')
    const after = parseSamples(await scrape())
    const common = { server: 'scripted', mcp_method_name: 'tools/call', mcp_protocol_version: '2026-07-28' }
    const calls = (labels: Readonly<Record<string, string>>) =>
      sampleOf(after, 'mcp_server_operation_duration_seconds_count', { ...common, ...labels })
    expect(calls({ gen_ai_tool_name: 'act' })).toBe(9)
    expect(calls({ gen_ai_tool_name: 'other', error_type: 'tool_error' })).toBe(3)
    expect(sampleOf(after, 'haivemind_server_exits_total', { server: 'scripted', cause: 'asked' })).toBe(1)
    expect(sampleOf(after, 'haivemind_server_restarts_total', { server: 'scripted' })).toBe(0)
    expect(sampleOf(after, 'haivemind_server_up', { server: 'scripted' })).toBe(1)
    expect(sampleOf(after, 'haivemind_servers', { status: 'running' })).toBe(1)
    expect(sampleOf(after, 'haivemind_deploys_total', { outcome: 'succeeded' })).toBe(1)
    // Each call has both, those of the command line, which lists tools, included.
    const ended = [...after].filter(
      ([key]) => key.startsWith('mcp_server_operation_duration_seconds_count') && key.includes('="scripted"'),
    )
    expect(sampleOf(after, 'haivemind_gateway_overhead_seconds_count', { server: 'scripted' })).toBe(
      ended.reduce((sum, [, count]) => sum + count, 0),
    )
    expect(sampleOf(after, 'haivemind_scan_duration_seconds_count', {})).toBe(1)
    const stages = ['validate', 'scan', 'unpack', 'install', 'start', 'verify'].map((stage) =>
      sampleOf(after, 'haivemind_deploy_stage_duration_seconds_count', { stage }),
    )
    expect(stages).toEqual([1, 1, 1, 1, 1, 1])
    const scrapes = (samples: ReadonlyMap<string, number>) =>
      sampleOf(samples, 'haivemind_http_requests_total', { route: '/metrics', method: 'GET', code: '2xx' }) ??
      0
    expect(scrapes(after) - scrapes(before)).toBe(1)
    const counters = Object.values(METRIC_LIST).filter(({ kind }) => kind !== 'gauge')
    const names = new RegExp(
      `^(?:${counters.map(({ name }) => name).join('|')})(?:_bucket|_count|_sum)?(?:[{]|$)`,
    )
    const fallen = [...before].filter(([key, value]) => names.test(key) && (after.get(key) ?? -1) < value)
    expect(fallen).toEqual([])
  })

  it('counts those who are turned away', async () => {
    const count = async (result: string) =>
      sampleOf(parseSamples(await scrape()), 'haivemind_auth_attempts_total', { result }) ?? 0
    const before = [
      await count('unauthenticated'),
      await count('forbidden'),
      await count('wrong_credentials'),
    ]
    await ask('*/*', 'hvm_x_y')
    const other = await platform.token('servers:read')
    await ask('*/*', other)
    await callModern(platform.url, other, 'scripted', 'act').catch(() => undefined)
    await fetch(`${platform.url}/api/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'nobody', password: 'wrong' }),
    })
    const after = [await count('unauthenticated'), await count('forbidden'), await count('wrong_credentials')]
    expect(after.map((value, at) => value - (before[at] ?? 0))).toEqual([1, 2, 1])
  })

  it('S-134: tells 50 tools of a server apart, however many names its clients make up', async () => {
    await deployBash(platform, 'many', buildServer({ onCall: ANSWER }))
    const caller = await platform.token('mcp:call')
    const names = Array.from({ length: 10_000 }, (_, n) => `tool-${n}`)
    for (let at = 0; at < names.length; at += 50) {
      await Promise.all(
        names.slice(at, at + 50).map((tool) => callModern(platform.url, caller, 'many', tool)),
      )
    }
    const counts = [...parseSamples(await scrape())].filter(([key]) =>
      /^mcp_server_operation_duration_seconds_count\{.*server="many".*tools\/call/.test(key),
    )
    expect(counts).toHaveLength(51)
    expect(counts.reduce((sum, [, count]) => sum + count, 0)).toBe(10_000)
    expect(counts.filter(([key]) => key.includes('="other"')).map(([, count]) => count)).toEqual([9_950])
  })

  it('says nothing of a server that was deleted', async () => {
    await platform.json('delete', 'many', '--yes')
    expect(await scrape()).not.toContain('server="many"')
  })
})

it('needs no token where the operator says so', async () => {
  await using open = await startPlatform({ telemetry: { prometheus: { public: true } } })
  const response = await fetch(`${open.url}/metrics`)
  const built = /^haivemind_build_info\{version="0\.1\.0",node="v26[.\d]+",commit="(.+)"\} 1$/m.exec(
    await response.text(),
  )
  const commit = readFileSync(join(ROOT, 'dist/commit'), 'utf8').trim()
  expect([response.status, built?.[1]]).toEqual([200, commit])
  expect(commit).toMatch(/^(?:[0-9a-f]{40}|unknown)$/)
})
