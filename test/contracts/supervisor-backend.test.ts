import { createFakeBackend } from '../fakes/backend.ts'
import { buildLaunchSpec } from '../fakes/launch-spec.ts'
import { createMemoryLedger } from '../fakes/memory-ledger.ts'
import { createMovableClock, settle } from '../fakes/clock.ts'
import { describeBackend } from './backend-contract.ts'

describeBackend('fake', async () => {
  const clock = createMovableClock()
  const backend = createFakeBackend(clock)
  return {
    backend,
    ledger: createMemoryLedger(),
    launch: (fixture) => buildLaunchSpec({ command: ['bash', `/app/${fixture}`] }),
    async kill({ pid }) {
      backend
        .processes()
        .find((process) => process.pid === pid)
        ?.kill()
    },
    pass: (milliseconds) => clock.advance(milliseconds),
    async leftovers() {
      await settle()
      return backend.processes().map(({ pid }) => `process ${pid}`)
    },
    close: async () => {},
  }
})
