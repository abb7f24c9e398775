/** From a limit that is too small to one that fits, as the platform tells it. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { IncidentListJson } from '../../src/api/schema/incident.ts'
import type { MemoryListJson } from '../../src/api/schema/memory.ts'
import type { OptimizationJson } from '../../src/api/schema/recommendation.ts'
import { eventually, startPlatform, type Platform } from './platform.ts'
import { deployBash, readStatus } from './servers.ts'

let platform: Platform
beforeAll(async () => {
  // No more memory by itself: here the recommendation is what helps. The window is a day unless it is shortened, as here.
  platform = await startPlatform({
    security: { dry_run_seconds: 2 },
    restart: { raise_memory: false },
    recommendations: { watch_seconds: 3 },
  })
})
afterAll(async () => platform[Symbol.asyncDispose]())

const HUNGRY = `import json, sys
for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request: continue
    method = request["method"]
    if method == "initialize":
        result = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "f", "version": "1"}}
    elif method == "tools/list":
        result = {"tools": [{"name": "act", "inputSchema": {"type": "object"}}]}
    elif method == "tools/call":
        kept = b"x" * (60 << 20)
        result = {"content": [{"type": "text", "text": "full"}]}
    else:
        result = {}
    print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}), flush=True)
`

async function ask<T>(...words: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await platform.cli([...words, '--json'])
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as T
}

it('optimization recommendations: killed, explained, advised, applied, confirmed, and remembered', async () => {
  const script = `exec python3 -c '${HUNGRY}' "$@"`
  const { document } = await deployBash(platform, 'hungry', script, { resource_limits: { memory_mb: 64 } })
  expect(document.error).toBeNull()
  expect((await platform.cli(['call', 'hungry', 'act'])).code).not.toBe(0)
  await eventually('it runs again', async () => {
    const now = await readStatus(platform, 'hungry')
    return now.status === 'running' ? now : null
  })

  const { items } = await ask<IncidentListJson>('incidents')
  expect(items).toMatchObject([{ server: 'hungry', kind: 'out_of_memory', class: 'out_of_memory' }])

  const advice = await ask<OptimizationJson>('optimize', 'hungry')
  const found = advice.recommendations.find(({ resource }) => resource === 'memory_mb')
  expect(found).toMatchObject({
    current: 64,
    proposed: 96,
    direction: 'raise',
    may_apply: true,
    state: 'open',
  })
  const kill = found?.because.find(({ source }) => source.startsWith('kill:'))
  expect(kill?.text).toMatch(
    /^killed for lack of memory at 64 MiB on \d{4}-\d\d-\d\d: more than that was needed$/,
  )
  expect(kill?.memory_id).toMatch(/^[\da-f-]{36}$/)
  expect(advice.incidents.map(({ kind }) => kind)).toContain('out_of_memory')

  const done = await ask<OptimizationJson>('optimize', 'hungry', '--apply')
  const applied = done.recommendations.find(({ resource }) => resource === 'memory_mb')
  expect(applied).toMatchObject({ id: found?.id, applied: true, application: { before: 64, after: 96 } })
  if (applied?.application?.in_place !== true) await platform.cli(['restart', 'hungry'])
  const call = await platform.cli(['call', 'hungry', 'act'])
  expect(call.stdout, call.stderr).toContain('full')

  const told = await eventually('the window confirms it', async () => {
    const { memories } = await ask<MemoryListJson>('memory', 'search', 'memory_mb hungry')
    return memories.some(({ kind }) => kind === 'recommendation.confirmed') ? memories : null
  })
  const story = told.filter(({ server }) => server === 'hungry').map(({ kind }) => kind)
  expect(story).toEqual(
    expect.arrayContaining(['recommendation.made', 'recommendation.applied', 'recommendation.confirmed']),
  )
  const { memories } = await ask<MemoryListJson>('memory', 'search', 'hungry out of memory')
  expect(memories.map(({ kind }) => kind)).toContain('server.oom')
})
