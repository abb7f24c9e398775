import { expect, it } from 'vitest'
import type { SandboxHost } from '../sandbox/open-host.ts'
import { openConnectionInside } from './open-connection.ts'

it('tells a sandbox that has ended by a code, so that nobody takes it for an answer of the server', async () => {
  // No process ever began then: the pid is another's by now.
  const outer = { pid: process.pid, startTime: 1 }
  await expect(openConnectionInside({} as SandboxHost, outer, 8080)).rejects.toMatchObject({
    code: 'ESRCH',
    message: 'its sandbox has ended',
  })
})
