/** Ends whatever is left of a sandbox and removes its traces. Idempotent: it serves failures, ends, reaping, sweeps. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { removeTree } from '../../system/files.ts'
import {
  findProcess,
  isAlive,
  listProcessesAtHome,
  listProcessesOf,
  signalProcess,
  waitUntilGone,
  type ProcessIdentity,
} from '../../system/process-table.ts'
import { listImageFiles } from './disk/volume.ts'
import { SANDBOX_TOKEN, type SandboxHost } from './open-host.ts'
import { readSandboxFacts, readStatusFile, type SandboxFacts } from './run-dir.ts'

const GONE_DEADLINE_MS = 5000

/**
 * SIGKILL to the init of the pid namespace (the kernel ends all in it, `setsid` orphans included), to bubblewrap
 * outside, then to what the control group still holds. @param outer from the ledger, when known.
 */
export async function removeSandbox(
  host: SandboxHost,
  token: string,
  outer: ProcessIdentity | null = null,
): Promise<void> {
  // An empty or odd name would mean more than one sandbox.
  if (!SANDBOX_TOKEN.test(token)) throw new TypeError(`not the name of a sandbox: ${JSON.stringify(token)}`)
  try {
    const runDir = join(host.runRoot, token)
    const group = (await host.groups?.open(token)) ?? null
    const processes = [await findInit(host, runDir, outer), outer].filter((found) => found !== null)
    for (const found of processes) signalProcess(found, 'SIGKILL')
    for (const found of processes) await waitUntilGone(found, GONE_DEADLINE_MS)
    await group?.kill()
    const strays = (await readSandboxFacts(runDir, host.bootId))?.strays ?? null
    if (strays !== null && !(await hasSibling(host, token, strays))) await killStrays(strays)
    await group?.remove()
    // The image of a job's or a trial's scratch directory lies beside it.
    for (const path of [...listImageFiles(runDir), runDir]) await removeTree(host.runRoot, path)
  } finally {
    // What could not be removed is nobody's from here on: the next sweep tries again.
    host.active.delete(token)
  }
}

type Strays = NonNullable<SandboxFacts['strays']>

/** Another process of the same server cannot be told from its strays: then the last of them takes the strays along. */
async function hasSibling(host: SandboxHost, token: string, strays: Strays): Promise<boolean> {
  for (const name of await readdir(host.runRoot)) {
    if (name === token || !SANDBOX_TOKEN.test(name)) continue
    const other = await readSandboxFacts(join(host.runRoot, name), host.bootId)
    if (other !== null && isDeepStrictEqual(other.strays, strays) && isAlive(other.payload)) return true
  }
  return false
}

/** Again until nothing is left, as what forks meanwhile is met in the next round. */
async function killStrays(strays: Strays): Promise<void> {
  const find = () =>
    ('uid' in strays ? listProcessesOf(strays.uid, 1) : listProcessesAtHome(strays.home)).filter(isAlive)
  for (let round = 0; round < 400; round++) {
    const found = find()
    if (found.length === 0) return
    for (const process of found) signalProcess(process, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function findInit(
  host: SandboxHost,
  runDir: string,
  outer: ProcessIdentity | null,
): Promise<ProcessIdentity | null> {
  const written = await readSandboxFacts(runDir, host.bootId)
  if (written !== null) return written.init
  // Before the gate opened only bubblewrap's word is there: it counts while its parent is the ledger's process.
  const { childPid } = await readStatusFile(runDir)
  const found = childPid === null ? null : findProcess(childPid)
  return found !== null && outer !== null && found.parent === outer.pid ? found : null
}
