import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeBackend, type BackendHarness } from '../contracts/backend-contract.ts'
import { findSandboxGap, openRealWorld } from './supervisor-world.ts'

async function openHarness(): Promise<BackendHarness> {
  const dataDir = await mkdtemp(join(tmpdir(), 'backend-'))
  const world = await openRealWorld(dataDir, 1)
  const { backend, ledger } = world
  let number = 0
  return {
    backend,
    ledger,
    launch: (fixture) => world.launch(world.add(++number, fixture)),
    async kill({ pid }) {
      process.kill(pid, 'SIGKILL')
    },
    pass: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    // Rows are the supervisor's to remove.
    leftovers: async () => (await world.leftovers()).filter((name) => !name.startsWith('row ')),
    async close() {
      for (const row of await ledger.list()) await backend.reap(row)
      await world.close('stop')
      await rm(dataDir, { recursive: true })
    },
  }
}

describeBackend('bubblewrap', openHarness, await findSandboxGap())
