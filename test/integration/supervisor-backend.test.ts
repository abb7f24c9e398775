import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeBackend, type BackendHarness } from '../contracts/backend-contract.ts'
import { buildMainKey } from '../../src/domain/process-key.ts'
import type { SandboxHost } from '../../src/runtime/sandbox/open-host.ts'
import { findSandboxGap, openRealWorld } from './supervisor-world.ts'

type Change = Parameters<typeof openRealWorld>[3]

async function openHarness(change?: Change): Promise<BackendHarness> {
  const dataDir = await mkdtemp(join(tmpdir(), 'backend-'))
  const world = await openRealWorld(dataDir, 1, undefined, change)
  const { backend, ledger } = world
  let number = 0
  return {
    backend,
    ledger,
    launch: (fixture) => ({ ...world.launch(world.add(++number, fixture)), key: buildMainKey('legacy') }),
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

describeBackend('bubblewrap', () => openHarness(), await findSandboxGap())

/** Tier `user`: root on a host where no sandbox can be made. */
const asPlain = (host: SandboxHost): SandboxHost => ({
  ...host,
  way: 'user',
  launch: { ...host.launch, way: 'user' },
  disk: { images: null, quota: null, why: 'a plain process has no mounts of its own', fix: null },
})
const gap = process.getuid?.() === 0 ? null : ' [skipped: only root gives uids to plain processes]'

describeBackend('process, with control groups', () => openHarness(asPlain), gap)
describeBackend('process, without', () => openHarness((host) => ({ ...asPlain(host), groups: null })), gap)
