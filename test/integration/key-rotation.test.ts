/** The process that rotates the key is killed at any moment: the secrets stay readable, and by one key alone. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Secret } from '../../src/domain/secret.ts'
import { createKeySource } from '../../src/store/secrets/key-source.ts'
import { createVault } from '../../src/store/secrets/vault.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { createSecretStore } from '../../src/store/sqlite/secret-store.ts'
import { systemClock } from '../../src/system/clock.ts'
import { buildServerId } from '../fakes/launch-spec.ts'

const NODE = join(import.meta.dirname, '../../node_modules/node/bin/node')
const KILLS = 25
const server = buildServerId(1)
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'haivemind-rotation-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function open() {
  const database = openDatabase(join(folder, 'test.db'))
  const vault = createVault({
    store: createSecretStore(database),
    source: createKeySource(join(folder, 'secrets.key'), {}),
    clock: systemClock,
    onKnown: () => {},
  })
  return { database, vault }
}

function start() {
  return spawn(NODE, [join(import.meta.dirname, 'key-rotation-process.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Of one rotation on this machine as it is now. */
async function timeRotation(): Promise<number> {
  const child = start()
  await once(child.stdout, 'data')
  const begin = performance.now()
  await once(child.stdout, 'data')
  const milliseconds = performance.now() - begin
  child.kill('SIGKILL')
  await once(child, 'close')
  return milliseconds
}

it(`S-65: killed ${KILLS} times while it rotates, the platform loses no secret`, async () => {
  const { database, vault } = open()
  database.run(
    `INSERT INTO servers (id, name, desired, active_version, uid, overrides, last_state, restarts, created_at,
       updated_at) VALUES ($server, 'a', 'stopped', NULL, NULL, '{}', '{"kind":"stopped","lastExit":null}', 0, 0, 0)`,
    { server },
  )
  const secrets = Array.from({ length: 20 }, (_, index) => `value-number-${index}`)
  await vault.set(
    server,
    secrets.map((value, index) => ({ name: `S${index}`, value: new Secret(value), as: 'environment' })),
    'alice',
    false,
  )
  database.close()

  const milliseconds = await timeRotation()
  const keys = new Set<string | null>()
  let rotations = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const child = start()
    await once(child.stdout, 'data')
    child.stdout.on('data', (chunk: Buffer) => (rotations += chunk.toString().split('rotated').length - 1))
    // The kills fall all over the first three rotations, however long one takes here.
    await sleep((kill / KILLS) * 3 * milliseconds)
    child.kill('SIGKILL')
    await once(child, 'close')

    const after = open()
    const opened = await after.vault.open(server, 'next')
    const values = new Map(opened.map(({ name, value }) => [name, value.reveal()]))
    expect(secrets.map((_, index) => values.get(`S${index}`))).toEqual(secrets)
    keys.add((await after.vault.status()).keyId)
    expect(existsSync(join(folder, 'secrets.key.next'))).toBe(false)
    after.database.close()
  }
  expect(rotations).toBeGreaterThan(0)
  expect(keys.size).toBeGreaterThan(1)
})
