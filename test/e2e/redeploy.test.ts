/** New versions and ways back while clients call: nobody gets an error, and every process of an old version is gone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCallLoop, type CallLoop } from './call-loop.ts'
import { connectV1, connectV2 } from './clients.ts'
import { eventually, findProcesses, MARK, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash, readStatus } from './servers.ts'

let platform: Platform
let token: string
beforeAll(async () => {
  platform = await startPlatform({ max_servers: 20 })
  token = await platform.token()
})
afterAll(() => platform[Symbol.asyncDispose]())

/** Answers its version; with `slow` among the arguments a second later. */
const buildVersion = (version: string) =>
  buildServer({
    onCall: `[[ $line == *slow* ]] && sleep 1
      reply "$id" '{"content":[{"type":"text","text":"${version}"}]}'`,
  })

const endpoint = (name: string) => `${platform.url}/servers/${name}/mcp`

async function startLoops(name: string): Promise<CallLoop[]> {
  const clients = [
    await connectV1(endpoint(name), token),
    await connectV2(endpoint(name), token, 'legacy'),
    await connectV2(endpoint(name), token, '2026-07-28'),
  ]
  const slow = await connectV1(endpoint(name), token)
  return [
    ...clients.map((client) => startCallLoop(client, 'act')),
    startCallLoop(slow, 'act', { pace: 'slow' }),
  ]
}

async function endLoops(loops: readonly CallLoop[]): Promise<{ errors: string[]; seen: string[] }> {
  await Promise.all(loops.map((loop) => loop.stop()))
  return {
    errors: loops.flatMap(({ errors }) => errors),
    seen: [...new Set(loops.flatMap(({ answers }) => answers))].sort(),
  }
}

describe.each([
  ['shared', { instances: 'shared' }, 5, 2],
  ['pool', { instances: 'pool:2' }, 3, 1],
] as const)('%s', (kind, settings, redeploys, rollbacks) => {
  const name = `loop-${kind}`
  const deployVersion = async (version: string) => {
    const { document } = await deployBash(platform, name, buildVersion(version), settings)
    expect(document.error).toBeNull()
  }

  it(`loses no call over ${redeploys} redeploys and ${rollbacks} rollbacks`, async () => {
    await deployVersion('v1')
    const loops = await startLoops(name)
    for (let n = 2; n <= redeploys + 1; n++) await deployVersion(`v${n}`)
    for (let n = 0; n < rollbacks; n++) await platform.json('rollback', name)
    await eventually('the last version answers', async () =>
      loops.every(({ answers }) => answers.at(-1) === `v${redeploys + 1 - rollbacks}`) ? true : null,
    )
    const { errors, seen } = await endLoops(loops)
    expect(errors).toEqual([])
    expect(seen).toHaveLength(redeploys + 1)
    expect((await readStatus(platform, name)).status).toBe('running')
    const { processes } = await platform.json<{ processes: readonly unknown[] }>('status', name)
    await eventually('only the processes of the last version are left', async () =>
      findProcesses(`${MARK}-${name}`).length <= processes.length * 3 ? true : null,
    )
  })
})

it('R-72: a new version that does not start or answer never touches the one that serves', async () => {
  const { document } = await deployBash(platform, 'steady', buildVersion('good'))
  expect(document.error).toBeNull()
  const before = await readStatus(platform, 'steady')
  const loops = await startLoops('steady')
  for (const bad of ['exit 3\n', 'sleep 60\n']) {
    const failed = await deployBash(platform, 'steady', bad, { start_timeout: 2 })
    expect(failed.document.error?.code).toBe('start_failed')
  }
  const { errors, seen } = await endLoops(loops)
  expect({ errors, seen }).toEqual({ errors: [], seen: ['good'] })
  expect((await readStatus(platform, 'steady')).instance?.pid).toBe(before.instance?.pid)
})
