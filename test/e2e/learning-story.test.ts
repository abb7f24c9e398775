/** From a limit that is too small to one that fits, as the platform tells it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { EventJson } from '../../src/api/schema/event.ts'
import type { IncidentListJson } from '../../src/api/schema/incident.ts'
import type { MemoryListJson } from '../../src/api/schema/memory.ts'
import type { OptimizationJson } from '../../src/api/schema/recommendation.ts'
import type { ServerId, VersionId } from '../../src/domain/id.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { createProfileStore } from '../../src/store/sqlite/profile-store.ts'
import { buildProfiles } from '../fakes/profiles.ts'
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
        kept = b"x" * (request["params"].get("arguments", {}).get("mib", 60) << 20)
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

/** A fortnight in which it never took more than 40 MiB, as the daemon would have written it down. */
async function learnFortnight(server: string): Promise<void> {
  const database = openDatabase(join(platform.dataDir, 'haivemind.db'))
  try {
    const row = database.get('SELECT id, active_version FROM servers WHERE name = $server', { server })
    const place = {
      serverId: String(row?.['id']) as ServerId,
      versionId: String(row?.['active_version']) as VersionId,
      now: Date.now(),
    }
    const peaks = Array.from({ length: 14 }, () => 40)
    await createProfileStore(database).saveDaily(buildProfiles(place, peaks))
  } finally {
    database.close()
  }
}

it('L-9: less memory that a server does not live with goes back by itself, with both numbers, and is blocked', async () => {
  const script = `exec python3 -c '${HUNGRY}' "$@"`
  const { document } = await deployBash(platform, 'modest', script, { resource_limits: { memory_mb: 512 } })
  expect(document.error).toBeNull()
  await platform.stop()
  const file = join(platform.folder, 'config.json')
  const config = JSON.parse(readFileSync(file, 'utf8')) as { mcp_hosting: { recommendations: object } }
  // Ten minutes instead of a day, and longer than this test.
  config.mcp_hosting.recommendations = { watch_seconds: 600 }
  writeFileSync(file, JSON.stringify(config))
  await learnFortnight('modest')
  await platform.start()
  await eventually('it runs again', async () => {
    const now = await readStatus(platform, 'modest')
    return now.status === 'running' ? now : null
  })

  const done = await ask<OptimizationJson>('optimize', 'modest', '--apply')
  const lowered = done.recommendations.find(({ resource }) => resource === 'memory_mb')
  expect(lowered).toMatchObject({ applied: true, application: { before: 512, after: 360 } })
  if (lowered?.application?.in_place !== true) await platform.cli(['restart', 'modest'])
  expect((await platform.cli(['call', 'modest', 'act', '{"mib":60}'])).stdout).toContain('full')
  expect((await platform.cli(['call', 'modest', 'act', '{"mib":400}'])).code).not.toBe(0)

  const told = await eventually('it is taken back', async () => {
    const { stdout } = await platform.cli(['events', '-n', '300', '--json'])
    const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as EventJson]))
    const killed = events.find(({ data }) => data['class'] === 'out_of_memory' && data['server'] === 'modest')
    const reverted = events.find(({ type }) => type === 'recommendation.reverted')
    return killed === undefined || reverted === undefined ? null : { killed, reverted }
  })
  expect(told.reverted.data).toMatchObject({ server: 'modest', from: 360, to: 512 })
  expect(told.reverted.data['reason']).toBe('it ran out of memory at 360 MiB, after a change from 512 to 360')
  expect(Date.parse(told.reverted.time) - Date.parse(told.killed.time)).toBeLessThanOrEqual(5_000)

  const again = await ask<OptimizationJson>('optimize', 'modest', '--apply')
  expect(again.recommendations.filter(({ resource }) => resource === 'memory_mb')).toEqual([])
  expect(again.skipped.find(({ resource }) => resource === 'memory_mb')?.why).toMatch(
    /^a change of this kind was taken back; not proposed before \d{4}-/,
  )
  await eventually('it runs with what it had', async () => {
    const call = await platform.cli(['call', 'modest', 'act', '{"mib":400}'])
    return call.stdout.includes('full') ? call : null
  })
})
