/** Servers that speak HTTP themselves, made with the official SDK of either generation, in their own networks. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AppError } from '../../src/domain/error.ts'
import type { ServerId } from '../../src/domain/id.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { findSandboxGap, openRealWorld, type RealWorld } from './supervisor-world.ts'
import { buildMainKey } from '../../src/domain/process-key.ts'

const MAIN = buildMainKey('legacy')

const gap = await findSandboxGap()
const MODULES = join(import.meta.dirname, '../../node_modules')

/** A package with all it needs. */
function listPackages(name: string, seen = new Set<string>()): Set<string> {
  const path = join(MODULES, name, 'package.json')
  if (seen.has(name) || !existsSync(path)) return seen
  seen.add(name)
  const { dependencies = {} } = JSON.parse(readFileSync(path, 'utf8')) as {
    dependencies?: Record<string, string>
  }
  for (const dependency of Object.keys(dependencies)) listPackages(dependency, seen)
  return seen
}

let dataDir: string
let world: RealWorld
const HTTP = {
  transport: 'http',
  port: 8000,
  limits: { memoryMb: 256, cpuPercent: 200, maxProcesses: 64, diskMb: 64 },
} as const

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'http-servers-'))
  const packages = [
    ...listPackages('@modelcontextprotocol/sdk'),
    ...listPackages('@modelcontextprotocol/server'),
  ]
  for (const name of packages) {
    const filter = (path: string) => !/\.(?:map|md|[cm]?ts)$/.test(path)
    cpSync(join(MODULES, name), join(dataDir, 'app/node_modules', name), { recursive: true, filter })
  }
  world = await openRealWorld(dataDir, 1)
})
afterAll(async () => {
  await world.close('stop')
  rmSync(dataDir, { recursive: true, force: true })
})

async function start(number: number, fixture: string, config: object = {}): Promise<ServerId> {
  const id = world.add(number, fixture, { ...HTTP, ...config }, ['node', `/app/${fixture}`])
  world.supervisor.track(id, `server-${number}`)
  await world.supervisor.start(id, 'test')
  expect(await world.reach(id, 'running', 'failed', 'backoff')).toMatchObject({ kind: 'running' })
  return id
}

type Handlers = { readonly onProgress?: (params: JsonObject) => void }

async function call(
  id: ServerId,
  name: string,
  args: JsonObject = {},
  handlers: Handlers = {},
): Promise<JsonObject> {
  const connection = await world.supervisor.open(id, MAIN, AbortSignal.timeout(10_000))
  return new Promise((resolve, reject) => {
    connection.request(
      'tools/call',
      { name, arguments: args },
      { onResponse: resolve, onLost: reject, ...handlers },
    )
  })
}

const text = (message: JsonObject) => JSON.stringify(message['result'] ?? message['error'])

describe.skipIf(gap !== null)(`a server that speaks HTTP${gap ?? ''}`, () => {
  it('answers, tells its progress and what it has to tell, and loses no session unnoticed', async () => {
    const id = await start(1, 'http-sdk-v1.mjs')
    expect(text(await call(id, 'echo', { message: 'hi' }))).toContain('hi (session 1)')
    const progress: JsonObject[] = []
    expect(
      text(await call(id, 'count', {}, { onProgress: (params) => void progress.push(params) })),
    ).toContain('counted')
    expect(progress.map((params) => params['progress'])).toEqual([1, 2, 3])
    // More at once than one connection carries, each with its own answer.
    const many = await Promise.all(
      Array.from({ length: 40 }, (_none, n) => call(id, 'echo', { message: `m${n}` })),
    )
    expect(many.map(text).every((answer, n) => answer.includes(`"m${n} (session 1)"`))).toBe(true)

    const connection = await world.supervisor.open(id, MAIN, AbortSignal.timeout(10_000))
    const told: unknown[] = []
    connection.onNotification((method, params) => void told.push([method, params?.['data']]))
    await expect
      .poll(async () => (await call(id, 'tell'), told.length), { timeout: 10_000 })
      .toBeGreaterThan(0)
    expect(told[0]).toEqual(['notifications/message', 'told'])
    const waiting = connection.request(
      'tools/call',
      { name: 'wait', arguments: {} },
      { onResponse: () => {}, onLost: () => {} },
    )
    await new Promise((resolve) => setTimeout(resolve, 300))
    waiting.cancel('no longer wanted')
    await expect.poll(() => JSON.stringify(told), { timeout: 10_000 }).toContain('cancelled')

    await call(id, 'forget')
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(text(await call(id, 'echo', { message: 'again' }))).toContain('again (session 2)')
    told.length = 0
    await expect
      .poll(async () => (await call(id, 'tell'), told.length), { timeout: 10_000 })
      .toBeGreaterThan(0)
  })

  it('an answer over the largest message is an error for its caller alone', async () => {
    const id = await start(2, 'http-sdk-v1.mjs')
    expect(text(await call(id, 'large'))).toContain('answered more than 4 MiB')
    expect(text(await call(id, 'echo', { message: 'still there' }))).toContain('still there')
  })

  it('works without sessions and streams, as servers of the second generation do', async () => {
    const id = await start(3, 'http-sdk-v2.mjs')
    expect(text(await call(id, 'hello'))).toContain('hello over HTTP')
    expect(world.supervisor.facts(id)).toMatchObject({ serverInfo: { name: 'http-v2', version: '2.0.0' } })
  })

  it('is taken over by the next daemon with its session', async () => {
    const id = await start(4, 'http-sdk-v1.mjs')
    expect(text(await call(id, 'echo', { message: 'before' }))).toContain('(session 1)')
    const pid = world.supervisor.facts(id)?.pid
    await world.close('handover')
    world = await openRealWorld(dataDir, 2)
    await world.supervisor.recover()
    expect(world.supervisor.facts(id)).toMatchObject({ pid, adopted: true })
    expect(text(await call(id, 'echo', { message: 'after' }))).toContain('after (session 1)')
  })

  it('that never listens ends by its start timeout, and one at another path by what it answered', async () => {
    const late = world.add(
      5,
      'http-sdk-v1.mjs',
      { ...HTTP, port: 8001, startTimeoutSeconds: 3, maxRestarts: 0 },
      ['node', '/app/http-sdk-v1.mjs'],
    )
    const lost = world.add(6, 'http-sdk-v1.mjs', { ...HTTP, path: '/other', maxRestarts: 0 }, [
      'node',
      '/app/http-sdk-v1.mjs',
    ])
    for (const [id, name] of [
      [late, 'server-5'],
      [lost, 'server-6'],
    ] as const) {
      world.supervisor.track(id, name)
      await world.supervisor.start(id, 'test')
    }
    expect(await world.reach(late, 'failed', 'running')).toMatchObject({
      lastExit: { cause: 'start_timeout' },
    })
    expect(await world.reach(lost, 'failed', 'running')).toMatchObject({
      lastExit: { cause: 'init_failed', detail: expect.stringContaining('answered HTTP 404') },
    })
  })

  it('is told lost when it ends during a call', async () => {
    const id = await start(7, 'http-sdk-v1.mjs')
    const calling = call(id, 'wait').catch((error: AppError) => error.code)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await world.supervisor.stop(id, 'test')
    expect(await calling).toBe('server_stopped_answering')
  })
})
