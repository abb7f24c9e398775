import { describe, expect, it } from 'vitest'
import { alice, createTestHosting } from '../../test/fakes/hosting.ts'
import { settle } from '../../test/fakes/clock.ts'
import { buildExit } from '../../test/fakes/supervision.ts'
import type { ServerState } from '../domain/server-state.ts'
import { decideBad } from './watch-version.ts'

const lastExit = buildExit({ detail: 'It exited with code 1.' })
const running: ServerState = { kind: 'running', attempt: 0, since: 0, health: 'healthy', lastExit: null }

describe('decideBad', () => {
  it.each<[string, ServerState, number | null, string | null]>([
    ['runs', running, null, null],
    ['rests', { kind: 'stopped', lastExit: null, idle: true }, null, null],
    ['ended once', { kind: 'backoff', attempt: 1, nextTry: 9, lastExit }, null, null],
    [
      'ended twice',
      { kind: 'backoff', attempt: 2, nextTry: 9, lastExit },
      null,
      'It ended 2 times in a row: It exited with code 1.',
    ],
    [
      'ended twice and runs again',
      { ...running, attempt: 2, lastExit },
      null,
      'It ended 2 times in a row: It exited with code 1.',
    ],
    [
      'gave up',
      { kind: 'failed', attempt: 1, reason: 'gave up', lastExit },
      null,
      'It failed: It exited with code 1.',
    ],
    ['does not answer', { ...running, health: 'unhealthy' }, null, 'It does not answer its health checks.'],
    ['answers no calls', running, 5, '5 calls in a row got no answer.'],
  ])('one that %s', (_, state, failures, reason) => {
    const breaker = failures === null ? null : { state: 'open' as const, failures, retryAt: 0 }
    expect(decideBad(state, breaker)).toBe(reason)
  })
})

async function deployTwo(test: ReturnType<typeof createTestHosting>) {
  await test.deploy('weather', './one.sh')
  await test.deploy('weather', './two.sh')
  return (await test.hosting.get('weather')).server
}
const pass = async (test: ReturnType<typeof createTestHosting>, milliseconds: number) => {
  test.clock.advance(milliseconds)
  await settle()
}
const standings = async (test: ReturnType<typeof createTestHosting>) =>
  (await test.hosting.listVersions('weather')).map(({ version, standing }) => [version.number, standing])

describe('a new version that fails soon after it began to serve', () => {
  it('is left again for the one before, and says why', async () => {
    const test = createTestHosting()
    const { id, watch } = await deployTwo(test)
    expect(watch?.until).toBe(test.clock.now() + 60_000)
    test.supervision.crash(id)
    await pass(test, 500)
    const view = await test.hosting.get('weather')
    expect(view).toMatchObject({
      version: { number: 1 },
      state: { kind: 'running' },
      server: { watch: null, desired: 'running' },
      failedVersion: { number: 2, failure: { reason: 'It failed: it exited with code 1' } },
    })
    expect(await standings(test)).toEqual([
      [2, 'failed'],
      [1, 'active'],
    ])
    const events = await test.store.events.list({ limit: 1000 })
    expect(
      events.filter(({ event }) => event.type === 'version.rolled_back').map(({ event }) => event),
    ).toEqual([
      {
        type: 'version.rolled_back',
        serverId: id,
        server: 'weather',
        from: 2,
        to: 1,
        reason: 'It failed: it exited with code 1',
        by: 'platform',
      },
    ])
    // It can be had again, by whoever asks for it, and then nothing is held against it.
    expect(await test.hosting.rollback('weather', 2, alice)).toMatchObject({
      version: { number: 2 },
      failedVersion: null,
    })
  })

  it('stays when it fails later', async () => {
    const test = createTestHosting()
    const { id } = await deployTwo(test)
    await pass(test, 60_500)
    test.supervision.crash(id)
    await pass(test, 10_000)
    expect(await test.hosting.get('weather')).toMatchObject({
      version: { number: 2 },
      state: { kind: 'failed' },
      server: { watch: null },
      failedVersion: null,
    })
  })

  it('stays where nothing served before it, or what did had failed too', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './one.sh')
    const first = (await test.hosting.get('weather')).server
    expect(first.watch).toBeNull()
    await test.deploy('weather', './two.sh')
    const { server, version } = await test.hosting.get('weather')
    await test.store.versions.setFailure(server.watch!.replaces, { reason: 'as bad', at: 1 })
    test.supervision.crash(server.id)
    await pass(test, 500)
    expect(await test.hosting.get('weather')).toMatchObject({
      version: { id: version!.id },
      state: { kind: 'failed' },
      failedVersion: { number: 2 },
    })
  })

  it('is left by the next daemon where this one was killed', async () => {
    const test = createTestHosting()
    const { id, watch } = await deployTwo(test)
    await test.store.versions.setFailure(watch!.versionId, { reason: 'It ended twice.', at: 1 })
    await test.hosting.resumeWatching()
    await pass(test, 500)
    expect(await test.hosting.get('weather')).toMatchObject({
      version: { number: 1 },
      failedVersion: { failure: { reason: 'It ended twice.' } },
    })
    expect(test.supervision.starts.at(-1)).toEqual([id, './one.sh'])
  })

  it('waits for whoever works on the server', async () => {
    const test = createTestHosting()
    const { id } = await deployTwo(test)
    const third = test.deploy('weather', 'hang')
    await settle()
    test.supervision.crash(id)
    await pass(test, 500)
    expect(await test.hosting.get('weather')).toMatchObject({ version: { number: 2 } })
    await test.hosting.close()
    await third
  })

  it('stays when somebody stopped the server', async () => {
    const test = createTestHosting()
    const { id } = await deployTwo(test)
    await test.hosting.stop('weather', alice)
    test.supervision.crash(id)
    await pass(test, 1000)
    expect(await test.hosting.get('weather')).toMatchObject({ version: { number: 2 } })
  })
})
