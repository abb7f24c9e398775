/** What there is of the instances that the ledger names, and beside them. */
import { readdir } from 'node:fs/promises'
import { isAlive } from '../../system/process-table.ts'
import type { BriefRow } from '../ports.ts'
import { SANDBOX_TOKEN, type SandboxHost } from '../sandbox/open-host.ts'

export function observeRow(host: SandboxHost, { token, bootId, pid, startTime }: BriefRow) {
  const isKnown = pid !== null && startTime !== null
  return {
    isHeld: host.active.has(token),
    isAlive: bootId === host.bootId && isKnown && isAlive({ pid, startTime }),
  }
}

/** Control groups and run directories of this data directory that no row names and that nobody here holds. */
export async function listStrays(
  host: SandboxHost,
  rows: readonly Pick<BriefRow, 'token'>[],
): Promise<readonly string[]> {
  const keep = new Set(rows.map((row) => row.token))
  const found = [
    ...((await host.groups?.list()) ?? []),
    ...(await readdir(host.runRoot)).map((name) => name.replace(/\.img.*$/, '')),
  ]
  return [...new Set(found)].filter(
    (token) =>
      SANDBOX_TOKEN.test(token) &&
      token.startsWith(`${host.owner}-`) &&
      !keep.has(token) &&
      !host.active.has(token),
  )
}
