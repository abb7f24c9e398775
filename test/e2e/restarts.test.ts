/** What becomes of a server that ended, by the kind of its end: told, tried again, mended, given up. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash, readStatus, type Status } from './servers.ts'

type Told = Status & {
  readonly settings: { readonly resource_limits: { readonly memory_mb: number } }
  readonly last_exit: (Status['last_exit'] & { readonly class: string; readonly fingerprint: string }) | null
}
type EventJson = { readonly type: string; readonly data: Readonly<Record<string, unknown>> }

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform({ security: { dry_run_seconds: 2 } })
})
afterAll(async () => platform[Symbol.asyncDispose]())

const read = async (name: string) => (await readStatus(platform, name)) as Told
const reach = (name: string, status: string) =>
  eventually(`${name} is ${status}`, async () => {
    const now = await read(name)
    return now.status === status ? now : null
  })
const listEvents = async (type: string, server: string) => {
  const { stdout } = await platform.cli(['events', '--json', '-n', '500'])
  const events = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as EventJson)
  return events.filter((event) => event.type === type && event.data['server'] === server)
}

it('R-70: lacks a secret: three starts, a sentence with the fix, and back when it is set', async () => {
  const script = buildServer({ before: ': "${WEATHER_KEY:?must be set}"' })
  const { document } = await deployBash(platform, 'keyless', script)
  expect(document.error?.code).toBe('start_failed')
  const failed = await reach('keyless', 'failed')
  expect(failed).toMatchObject({ restarts: 2, last_exit: { cause: 'init_failed', class: 'missing_secret' } })
  expect(failed.last_exit?.detail).toBe('It ended by itself with code 1: WEATHER_KEY is not set.')
  expect(failed.last_exit?.fingerprint).toMatch(/^[\da-f]{16}$/)
  expect(failed.reason).toMatch(/^Not tried again before its version, a setting or a secret changes: /)
  const { stdout } = await platform.cli(['status', 'keyless'])
  expect(stdout).toContain('init_failed (missing_secret)')
  expect(stdout).toContain('haivemind secret set keyless WEATHER_KEY')
  const last = (await listEvents('server.status', 'keyless')).at(-1)
  expect(last?.data).toMatchObject({ status: 'failed', cause: 'init_failed', class: 'missing_secret' })
  const set = await platform.cli(['secret', 'set', 'keyless', 'WEATHER_KEY'], {
    stdin: 'correct-horse-battery',
  })
  expect(set.code, set.stderr).toBe(0)
  expect(await reach('keyless', 'running')).toMatchObject({ restarts: 0 })
})

it('L-8: needs more memory than it has: gets it in steps, each told and undone with set', async () => {
  const hungry = `import json, sys
kept = []
for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request: continue
    method = request["method"]
    if method == "initialize":
        result = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "f", "version": "1"}}
    elif method == "tools/list":
        result = {"tools": [{"name": "act", "inputSchema": {"type": "object"}}]}
    elif method == "tools/call":
        kept.append(b"x" * (130 << 20))
        result = {"content": [{"type": "text", "text": "full"}]}
    else:
        result = {}
    print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}), flush=True)
`
  const script = `exec python3 -c '${hungry}' "$@"`
  const { document } = await deployBash(platform, 'hungry', script, { resource_limits: { memory_mb: 64 } })
  expect(document.error).toBeNull()
  for (const limit of [112, 184]) {
    const call = await platform.cli(['call', 'hungry', 'act'])
    expect(call.code).not.toBe(0)
    await eventually('it is up with more', async () => {
      const now = await read('hungry')
      const isRaised = now.settings.resource_limits.memory_mb === limit
      return now.status === 'running' && isRaised && now.last_exit?.class === 'out_of_memory' ? now : null
    })
  }
  const call = await platform.cli(['call', 'hungry', 'act'])
  expect(call.stdout, call.stderr).toContain('full')
  const raised = await listEvents('limit.raised', 'hungry')
  expect(raised.map(({ data }) => [data['from'], data['to']])).toEqual([
    [64, 112],
    [112, 184],
  ])
  expect(await read('hungry')).toMatchObject({ status: 'running', restarts: 2 })
  const undone = await platform.cli(['set', 'hungry', 'memory_mb=64'])
  expect(undone.code, undone.stderr).toBe(0)
  expect((await read('hungry')).settings.resource_limits.memory_mb).toBe(64)
})
