/**
 * A hAIveMind is told what happens and asked what it knows; deploying waits for none that hangs. Another platform takes
 * the memories over. What arrived is read at the far side.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MemoryListJson, MemoryStatsJson, RecalledJson } from '../../src/api/schema/memory.ts'
import { parseEnvelope } from '../../src/hive/envelope.ts'
import { startHaivemindPeer, type HaivemindPeer } from '../fakes/start-haivemind-peer.ts'
import { eventually, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash } from './servers.ts'

const CANARY = 'canary-4f1c9a7d2e'
let hub: HaivemindPeer
let platform: Platform
let other: Platform | null = null
beforeAll(async () => {
  hub = await startHaivemindPeer()
  platform = await startPlatform({ memory: { peers: [{ name: 'hub', url: hub.url }] } })
})
afterAll(async () => {
  // First: it is a process of its own, and a platform that never came up cannot be ended.
  await hub[Symbol.asyncDispose]()
  await other?.[Symbol.asyncDispose]()
  await platform[Symbol.asyncDispose]()
})

const peer = async () => (await platform.json<MemoryStatsJson>('memory', 'stats')).peers[0]!
const told = async () => (await peer()).waiting === 0
const idsAt = () => hub.kept().flatMap(({ content }) => parseEnvelope(content)?.event_id ?? [])

it('what happened while a hAIveMind hung, and the platform was killed, is told once', async () => {
  await eventually('the hub is reached', async () => ((await peer()).reachable ? true : null))
  hub.freeze()
  await deployBash(platform, 'talker', buildServer({}))
  await platform.cli(['secret', 'set', 'talker', 'PASSWORD'], { stdin: CANARY })
  await platform.cli(['memory', 'store', `the password is ${CANARY}`, '--server', 'talker'])
  await platform.cli(['memory', 'store', 'between us', '--confidentiality', 'internal'])
  await platform.kill()
  await platform.start()
  expect((await peer()).waiting).toBeGreaterThan(3)
  await hub.kill()
  await hub.start()
  await eventually('all is told', async () => ((await told()) ? true : null))
  const shared = await platform.json<MemoryListJson>(
    'memory',
    'recent',
    '-n',
    '100',
    '--confidentiality',
    'normal',
  )
  expect(idsAt().toSorted()).toEqual(shared.memories.map(({ id }) => id).toSorted())
  expect(JSON.stringify(hub.kept())).toContain('the password is')
  expect(JSON.stringify([hub.received(), hub.kept()])).not.toMatch(/canary|between us/)
  const { stdout } = await platform.cli(['doctor'])
  expect(stdout).toContain('the peer hub is reachable')
  const { memories } = await platform.json<RecalledJson>(
    'memory',
    'recall',
    'talker',
    '--category',
    'deployments',
  )
  expect(memories).toMatchObject([{ peer: 'hub', envelope: { kind: 'deploy.ended', server: 'talker' } }])
})

it('another platform takes over what may leave, and keeps nothing that is withdrawn', async () => {
  const token = join(platform.folder, 'token')
  writeFileSync(token, await platform.token('memory:read'), { mode: 0o600 })
  const platforms = [{ name: 'first', url: platform.url, token_file: token }]
  other = await startPlatform({ memory: { platforms, pull_interval: 1 } })
  const found = async (words: string) =>
    (await other!.json<MemoryListJson>('memory', 'search', words)).memories
  const deployed = await eventually('it is taken over', async () => {
    const all = await found('deployment of server talker')
    return all.length > 0 ? all : null
  })
  const { memories } = await platform.json<MemoryListJson>('memory', 'search', 'deployment of server talker')
  expect(deployed[0]).toMatchObject({ id: memories[0]!.id, node: memories[0]!.node })
  expect(await found('between us')).toEqual([])
  const note = ['memory', 'store', 'zebra', '--dedupe-key', 'z']
  await platform.cli(note)
  await eventually('it is taken over', async () => ((await found('zebra')).length === 1 ? true : null))
  await platform.cli([...note, '--confidentiality', 'confidential'])
  await eventually('it is gone', async () => ((await found('zebra')).length === 0 ? true : null))
})
