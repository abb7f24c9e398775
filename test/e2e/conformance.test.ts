/**
 * The official conformance suite, against the reference server directly and behind the gateway. Where client and server
 * share an era nothing may be lost on the way; where the gateway bridges, what is lost is pinned by name in
 * conformance-losses.json: a new loss fails, and so does one that is lost no more.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildModern, post } from '../fakes/raw-client.ts'
import {
  buildFixture,
  findLosses,
  FIXTURE,
  readScored,
  scoreServer,
  type Revision,
  type Score,
} from './conformance-suite.ts'
import { ROOT, startPlatform, type Platform } from './platform.ts'
import { deploy, type Outcome } from './servers.ts'
import { openTokenShim } from './token-shim.ts'

const REVISIONS = ['2025-11-25', '2026-07-28'] as const
const PROGRAMS = {
  dual: 'stdio-dual.mjs',
  legacy: 'stdio-legacy.mjs',
  modern: 'stdio-modern.mjs',
  http: 'http.mjs',
} as const
type Server = keyof typeof PROGRAMS
const SERVERS = Object.keys(PROGRAMS) as Server[]

/** Cell → what is lost there → why. */
const PINNED = JSON.parse(
  readFileSync(join(import.meta.dirname, 'conformance-losses.json'), 'utf8'),
) as Record<string, Record<string, string>>

let platform: Platform
let reference: ChildProcess
let referenceUrl = ''
let token = ''
const deployed = new Map<Server, Promise<Outcome>>()
const direct = new Map<Revision, Score>()

beforeAll(async () => {
  // The suite leaves questions unanswered, and the calls that wait for them keep others from asking.
  platform = await startPlatform({ gateway: { park_timeout: 1 } })
  token = await platform.token()
  // Meanwhile the reference server is examined.
  for (const server of SERVERS) deployed.set(server, deployReference(server))
  reference = spawn(join(ROOT, 'node_modules/node/bin/node'), [join(FIXTURE, 'http.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(reference.stdout as NonNullable<ChildProcess['stdout']>, 'data')) as [Buffer]
  // The suite only looks for DNS rebinding where the name is a loopback one.
  referenceUrl = line.toString().trim().replace('127.0.0.1', 'localhost')
})
afterAll(async () => {
  reference.kill()
  await platform[Symbol.asyncDispose]()
})

async function deployReference(server: Server): Promise<Outcome> {
  return deploy(platform, await buildFixture(platform.folder, server, PROGRAMS[server]))
}

describe('the reference server itself', () => {
  it.each([
    ['2025-11-25', 30],
    ['2026-07-28', 37],
  ] as const)('passes every scored scenario of %s', async (revision, count) => {
    const score = await scoreServer(referenceUrl, revision)
    direct.set(revision, score)
    expect(readScored(revision)).toHaveLength(count)
    expect([...score.checks].filter(([, check]) => check.status === 'FAILURE')).toEqual([])
    expect(score.passed).toBe(count)
  })
})

it('only what is bridged may lose anything', () => {
  expect(['legacy 2026-07-28', 'modern 2025-11-25']).toEqual(expect.arrayContaining(Object.keys(PINNED)))
})

describe.each(SERVERS)('the %s server behind the gateway', (server) => {
  it.each(REVISIONS)('S-125: loses nothing of %s but what is pinned', async (revision) => {
    const losses = await readLosses(server, revision)
    const pinned = Object.keys(PINNED[`${server} ${revision}`] ?? {})
    expect([...losses.keys()].toSorted(), JSON.stringify([...losses], null, 2)).toEqual(pinned.toSorted())
  })
})

async function readLosses(server: Server, revision: Revision): Promise<ReadonlyMap<string, string>> {
  const { document } = await (deployed.get(server) as Promise<Outcome>)
  if (document.error !== null) {
    const { code, message } = document.error
    return new Map([[`deploy: ${code}`, `${message}\n${platform.log().slice(-4000)}`]])
  }
  const shim = await openTokenShim(`${platform.url}/servers/${server}/mcp`, token)
  try {
    // One scenario waits 600 ms for the first word; a process that is still starting has none.
    if (revision === '2026-07-28') await warmUp(shim.url)
    return findLosses(direct.get(revision) as Score, await scoreServer(shim.url, revision))
  } finally {
    await shim.close()
  }
}

/** A process for clients that can be asked for something is another one than for those that cannot. */
async function warmUp(url: string): Promise<void> {
  const meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } }
  const { body, headers } = buildModern('tools/call', { name: 'test_simple_text', _meta: meta })
  expect(await post(url, body, { ...headers, authorization: undefined })).toMatchObject({ status: 200 })
}
