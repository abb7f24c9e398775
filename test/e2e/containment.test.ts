/** What a hosted server sees and may use, asked of the server itself. */
import { readFileSync, statSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, ROOT, startPlatform, type Platform } from './platform.ts'
import { buildServer, deploy, deployBash, readStatus, writeTree } from './servers.ts'

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(async () => platform[Symbol.asyncDispose]())

/** Runs `script` inside a hosted server; what it prints is the answer. */
async function runInside(name: string, script: string, ...flags: string[]): Promise<string> {
  const onCall = `out=$( { ${script} ; } 2>&1 | base64 -w0 ); reply "$id" '{"content":[{"type":"text","text":"'"$out"'"}]}'`
  const { document, stderr } = await deployBash(platform, name, buildServer({ onCall }), {}, ...flags)
  expect(document.error, stderr).toBeNull()
  const { stdout, code } = await platform.cli(['call', name, 'act'])
  expect(code).toBe(0)
  return Buffer.from(stdout.trim(), 'base64').toString()
}

it('D6: the environment holds what is declared and nothing of the platform', async () => {
  const seen = await runInside('env', 'env', '--env', 'UNITS=metric')
  const names = seen
    .split('\n')
    .filter((line) => line.includes('='))
    .map((line) => line.slice(0, line.indexOf('=')))
    // bash's own.
    .filter((name) => !['_', 'PWD', 'SHLVL', 'OLDPWD'].includes(name))
  expect(names.sort()).toEqual(['HOME', 'LANG', 'PATH', 'TMPDIR', 'TZ', 'UNITS'])
  expect(seen).toContain('UNITS=metric\n')
  expect(seen).toContain('HOME=/data\n')
})

it('D9: sees neither the files nor the network of the host', async () => {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  // The attack comes with the call: in the archive the scan would block it.
  const code = readFileSync(join(ROOT, 'test/fixtures/servers/runs-code.py'), 'utf8')
  const settings = JSON.stringify({ name: 'locked', command: ['python3', 'server.py'] })
  const source = writeTree(platform, { 'server.py': code, 'server_config.json': settings })
  const { document, stderr } = await deploy(platform, source)
  expect(document.error, stderr).toBeNull()
  const attack = `
import os, socket
def attempt(what, act):
    try:
        act()
        print(what)
    except OSError: pass
attempt('host-files', lambda: os.listdir('${platform.dataDir}'))
attempt('shadow', lambda: open('/etc/shadow').read())
attempt('app-writable', lambda: open('/app/x', 'w'))
attempt('network', lambda: socket.create_connection(('127.0.0.1', ${port}), 2))
attempt('data-writable', lambda: open('/data/x', 'w'))
attempt('tmp-writable', lambda: open('/tmp/x', 'w'))
attempt('host-processes', lambda: os.readlink('/proc/${platform.pid()}/exe'))`
  const { stdout: seen } = await platform.cli(['call', 'locked', 'run', JSON.stringify({ code: attack })])
  listener.close()
  expect(seen.trim().split('\n')).toEqual(['data-writable', 'tmp-writable'])
})

it('D8: a sandbox that would be weaker than promised is refused with its reason', async () => {
  const { tier } = await platform.json<{ tier: string }>('doctor')
  const strict = await startPlatform({ security: { min_isolation_tier: 'strong' } })
  try {
    const { document } = await deployBash(strict, 'strict', buildServer())
    const instance = await readStatus(strict, 'strict').then(
      (status) => status.instance?.tier ?? null,
      () => null,
    )
    const found = { code: document.error?.code ?? null, instance }
    // Either the promise is kept, or nothing runs: there is no third way.
    expect(found).toEqual(
      tier === 'strong' ? { code: null, instance: 'strong' } : { code: 'isolation_too_weak', instance: null },
    )
  } finally {
    await strict[Symbol.asyncDispose]()
  }
})

it('D18: node runs within 128 MiB', async () => {
  const script = `
    process.stdin.on('data', (chunk) => {
      for (const line of String(chunk).split('\\n').filter(Boolean)) {
        const { id, method } = JSON.parse(line)
        const result = {
          initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'n', version: '1' } },
          'tools/list': { tools: [{ name: 'hello', inputSchema: { type: 'object' } }] },
          'tools/call': { content: [{ type: 'text', text: 'hello from ' + process.version.split('.')[0] }] },
          ping: {},
        }[method]
        if (id === undefined) continue
        const answer = result ? { result } : { error: { code: -32601, message: 'no' } }
        process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, ...answer }) + '\\n')
      }
    })`
  const config = JSON.stringify({ command: ['node', 'index.js'], resource_limits: { memory_mb: 128 } })
  const source = writeTree(platform, { 'index.js': script, 'server_config.json': config })
  const { document } = await deploy(platform, source, '--name', 'small')
  expect(document).toMatchObject({ status: 'running', error: null })
  expect((await platform.cli(['call', 'small', 'hello'])).stdout).toMatch(/^hello from v\d+\n$/)
})

it('D17: a spinner shows its use of the processor, held to its limit', async () => {
  const onCall = `(while :; do :; done) & (while :; do :; done) & reply "$id" '{"content":[]}'`
  await deployBash(platform, 'spinner', buildServer({ onCall }), { resource_limits: { cpu_percent: 40 } })
  await platform.cli(['call', 'spinner', 'act'])
  const { instance, use } = await eventually('a figure', async () => {
    const { usage, instance } = await readStatus(platform, 'spinner')
    const percent = usage?.cpu_percent ?? 0
    return percent > 20 && instance !== null ? { instance, use: percent } : null
  })
  // Two loops want 200 %. Where the limit is said to be in force they get 40.
  expect(use).toBeLessThan(instance.enforcement.cpu.level === 'hard' ? 60 : 250)
})

describe('identity', () => {
  it('D33: comes from the token, whatever the caller says', async () => {
    const token = await platform.token('servers:write', 'servers:read')
    const { tokens } = await platform.json<{ tokens: { id: string; scopes: string[] }[] }>('token', 'list')
    const { id } = tokens.find((entry) => entry.scopes.includes('servers:write')) ?? { id: '' }
    await deployBash(platform, 'owned', buildServer())
    const events: string[] = []
    const abort = new AbortController()
    const stream = await fetch(`${platform.url}/api/v1/events`, {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
      signal: abort.signal,
    })
    const reading = (async () => {
      const decoder = new TextDecoder()
      for await (const chunk of stream.body ?? []) events.push(decoder.decode(chunk as Uint8Array))
    })().catch(() => undefined)
    await fetch(`${platform.url}/api/v1/servers/owned/stop`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-user-id': 'root' },
      body: '{}',
    })
    const text = await eventually('the event', async () => {
      const all = events.join('')
      return all.includes('server.status') || all.includes('server.updated') ? all : null
    })
    abort.abort()
    await reading
    expect(text).not.toContain('"root"')
    expect(text).toContain(id)
  })

  it('D32: answers each mistake with its own status', async () => {
    const call = async (path: string, token: string | null, init: RequestInit = {}) =>
      (
        await fetch(`${platform.url}${path}`, {
          ...init,
          headers: token === null ? {} : { authorization: `Bearer ${token}` },
        })
      ).status
    const reader = await platform.token('servers:read')
    expect(await call('/api/v1/servers', null)).toBe(401)
    expect(await call('/api/v1/servers', 'hvm_nobody_nothing')).toBe(401)
    expect(await call('/api/v1/servers', reader)).toBe(200)
    expect(await call('/api/v1/servers/nobody', reader)).toBe(404)
    expect(await call('/api/v1/servers/nobody', reader, { method: 'DELETE' })).toBe(403)
    expect(await call('/api/v1/nothing', reader)).toBe(404)
  })

  it('the local token file is for the owner alone', async () => {
    const path = `${platform.dataDir}/cli-token`
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600')
    expect(readFileSync(path, 'utf8')).toMatch(/\S{20,}/)
  })
})
