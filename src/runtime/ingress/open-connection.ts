/**
 * A connection to a port inside a sandbox, from outside. Nothing of it has a name that the sandbox could replace: the
 * daemon starts a carrier in the network namespace and talks to it over a descriptor. One carrier a connection; it ends
 * with either side, so nothing is left of it when the server, or the daemon, is gone.
 */
import type { Duplex } from 'node:stream'
import { probeUid } from '../../domain/uid-block.ts'
import { findProcess, isAlive, signalGroup, type ProcessIdentity } from '../../system/process-table.ts'
import { collectText, pipeOf, spawnProcess, type ChildProcess } from '../../system/spawn.ts'
import { buildEnterNetwork } from '../sandbox/enter-network.ts'
import { CARRY_TO_PORT } from '../sandbox/launcher-scripts.ts'
import type { SandboxHost } from '../sandbox/open-host.ts'
import { PacedStream } from './paced-stream.ts'

const DEADLINE_MS = 5000
const COMPLAINT_BYTES = 1024
const CARRIER_FD = 3

/**
 * @param outer bubblewrap outside, which lives in the namespace.
 * Rejects with an error whose `code` is ECONNREFUSED while nobody listens there, and ESRCH once the sandbox has ended:
 * how it ended then says more than any connection could.
 */
export async function openConnectionInside(
  host: SandboxHost,
  outer: ProcessIdentity,
  port: number,
): Promise<Duplex> {
  // Its pid may be another process's by now, and that one's network is not for us.
  if (!isAlive(outer)) throw buildEnded()
  const child = spawnProcess(
    [
      ...buildEnterNetwork(host, outer.pid),
      ...buildDrop(host),
      '/bin/bash',
      '-c',
      CARRY_TO_PORT,
      'bash',
      `${port}`,
    ],
    { environment: { PATH: '/usr/bin:/bin' }, stdio: ['ignore', 'ignore', 'pipe', 'pipe'], detached: true },
  )
  const complaint = collectText(child.stderr, COMPLAINT_BYTES)
  const socket = pipeOf(child, CARRIER_FD)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const cancel = host.clock.after(DEADLINE_MS, () =>
    reject(new Error('the way into its sandbox did not open in time')),
  )
  const onReadable = () => {
    if (socket.read(1) !== null) resolve()
  }
  socket.on('readable', onReadable)
  // What breaks later is told to whoever reads and writes; without a listener it would end the process.
  socket.on('error', reject)
  child.once('error', reject)
  // What it complained of may be read later than its end is seen.
  const tell = () => reject(isAlive(outer) ? explain(complaint()) : buildEnded())
  const { stderr } = child
  child.once('exit', () => {
    if (stderr === null || stderr.closed) tell()
    else stderr.once('close', tell)
  })
  try {
    await promise
  } catch (error) {
    socket.destroy()
    child.kill('SIGKILL')
    throw error
  } finally {
    cancel()
    socket.off('readable', onReadable)
    child.unref()
  }
  socket.once('close', () => endCarrier(child))
  return new PacedStream(socket)
}

/** By itself it notices that we are gone only when it reads or writes: a server that does neither would keep it. */
function endCarrier({ pid, exitCode, signalCode }: ChildProcess): void {
  const leader = pid === undefined || exitCode !== null || signalCode !== null ? null : findProcess(pid)
  if (leader !== null) signalGroup(leader, 'SIGKILL')
}

/** The carrier only copies: it needs no right at all, and gets none where the daemon can take them away. */
function buildDrop({ way, uids, launch }: SandboxHost): readonly string[] {
  const { setpriv } = launch.programs
  if ((way !== 1 && way !== 2) || uids === null) return [setpriv, '--no-new-privs', '--']
  const id = String(probeUid(uids))
  return [setpriv, `--reuid=${id}`, `--regid=${id}`, '--clear-groups', '--no-new-privs', '--']
}

function buildEnded(): Error {
  return Object.assign(new Error('its sandbox has ended'), { code: 'ESRCH' })
}

function explain(complaint: string): Error {
  const refused = complaint.includes('Connection refused')
  const text = refused ? 'nobody listens on its port' : `the way into its sandbox broke: ${complaint.trim()}`
  return Object.assign(new Error(text), refused ? { code: 'ECONNREFUSED' } : {})
}
