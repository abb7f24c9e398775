/** The port of a server that speaks HTTP, as the connection to it uses it. */
import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProcessIdentity } from '../../system/process-table.ts'
import { openConnectionInside } from '../ingress/open-connection.ts'
import type { HttpEndpoint } from '../ports.ts'
import type { NetworkFacts } from '../sandbox/network-facts.ts'
import type { SandboxHost } from '../sandbox/open-host.ts'

export function buildHttpEndpoint(
  host: SandboxHost,
  { runDir, outer }: { readonly runDir: string; readonly outer: ProcessIdentity },
  facts: NonNullable<NetworkFacts['http']>,
): HttpEndpoint {
  const sessionFile = join(runDir, 'session')
  return {
    ...facts,
    open: () => openConnectionInside(host, outer, facts.port),
    async readSession() {
      const id = await readFile(sessionFile, 'utf8').catch(() => '')
      return id === '' ? null : id
    },
    writeSession(id) {
      try {
        // Once a session; in the run directory, which the sandbox does not see. Not synced: it ends with the sandbox.
        writeFileSync(sessionFile, id ?? '', { mode: 0o600 })
      } catch (error) {
        host.logger.warn('a session was not kept', { err: error })
      }
    },
  }
}
