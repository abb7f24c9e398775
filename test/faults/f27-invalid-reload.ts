import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, type Platform } from '../e2e/platform.ts'
import { buildServer, deployBash } from '../e2e/servers.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, openPlatform } from './hosted.ts'

type Settings = Record<string, unknown>
type Told = { readonly id: number; readonly type: string; readonly data: { readonly reason?: string } }

/** Ways to spoil a file, each with a word that the refusal has to hold. */
const SPOILED: readonly (readonly [(settings: Settings) => string, string])[] = [
  [(settings) => JSON.stringify({ mcp_hosting: settings }).slice(0, -3), 'not valid JSON'],
  [() => '', 'config.json:1'],
  [() => '[]', 'expected an object'],
  [(settings) => JSON.stringify({ mcp_hosting: { ...settings, max_servers: 'many' } }), 'max_servers'],
  [(settings) => JSON.stringify({ mcp_hosting: { ...settings, max_servers: -1 } }), 'max_servers'],
  [
    (settings) => JSON.stringify({ mcp_hosting: { ...settings, gateway: { call_timeout: 0 } } }),
    'call_timeout',
  ],
  [() => '{"mcp_hosting": []}', 'mcp_hosting'],
]
const FIRST_MAX = 200

export const f27: Fault = {
  id: 'F27',
  title: 'an invalid configuration is reloaded again and again under load',
  async run(c: FaultContext) {
    const platform = await openPlatform(c, { max_servers: FIRST_MAX })
    await deployBash(platform, 'steady', buildServer())
    const token = await platform.token('servers:read', 'admin', 'mcp:call')
    const file = join(platform.folder, 'config.json')
    const good = (JSON.parse(readFileSync(file, 'utf8')) as { mcp_hosting: Settings }).mcp_hosting
    const pid = platform.pid()
    const load = startLoad(platform, token)
    let max = FIRST_MAX
    let slowest = 0
    for (let n = 0; n < (c.size === 'full' ? 100 : 6); n++) {
      const [spoil, word] = SPOILED[Math.floor(c.random() * SPOILED.length)] ?? SPOILED[0]!
      writeFileSync(file, spoil({ ...good, max_servers: 1 }))
      const began = performance.now()
      const told = await reload(platform, token)
      slowest = Math.max(slowest, performance.now() - began)
      expectSame(c, `what is told of reload ${n}`, told.type, 'config.refused')
      if (told.data.reason?.includes(word) !== true)
        c.broken(`the refusal does not say ${word}: ${told.data.reason}`)
      expectSame(c, 'max_servers after it', await readMax(platform, token), max)
      if (n % 3 !== 2) continue
      // Between the bad ones a good one counts.
      max++
      writeFileSync(file, JSON.stringify({ mcp_hosting: { ...good, max_servers: max } }))
      expectSame(c, 'what is told of a good one', (await reload(platform, token)).type, 'config.reloaded')
      expectSame(c, 'max_servers after a good one', await readMax(platform, token), max)
    }
    const { calls, failures } = await load.end()
    for (const failure of failures.slice(0, 5)) c.broken(`a call failed: ${failure}`)
    c.figure('calls meanwhile', calls, 'calls', { atLeast: 1 })
    c.figure('calls dropped', failures.length, 'calls', { atMost: 0 })
    c.figure('slowest reload', slowest, 'ms')
    expectSame(c, 'the daemon', platform.pid(), pid)
  },
}

function startLoad(platform: Platform, token: string) {
  const ending = new AbortController()
  let calls = 0
  const failures: string[] = []
  const loops = Array.from({ length: 4 }, async () => {
    while (!ending.signal.aborted) {
      try {
        await callTool(platform, token, 'steady')
      } catch (error) {
        failures.push(String(error))
      }
      calls++
    }
  })
  return {
    async end() {
      ending.abort()
      await Promise.all(loops)
      return { calls, failures }
    },
  }
}

async function get<T>(platform: Platform, token: string, path: string): Promise<T> {
  const response = await fetch(`${platform.url}/api/v1/${path}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return (await response.json()) as T
}

async function readMax(platform: Platform, token: string): Promise<number> {
  return (await get<{ servers: { max: number } }>(platform, token, 'stats')).servers.max
}

/** SIGHUP; answers the event that tells what came of it. */
async function reload(platform: Platform, token: string): Promise<Told> {
  const list = async () =>
    (await get<{ items: Told[] }>(platform, token, 'events?limit=20')).items.filter(({ type }) =>
      type.startsWith('config.'),
    )
  const before = Math.max(0, ...(await list()).map(({ id }) => id))
  process.kill(platform.pid(), 'SIGHUP')
  return await eventually(
    'the reload is told',
    async () => (await list()).find(({ id }) => id > before) ?? null,
  )
}
