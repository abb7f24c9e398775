/** A running sandbox as an Instance: its life, its FIFOs as streams, its usage. */
import type { Enforcement } from '../../domain/enforcement.ts'
import type { InstanceId } from '../../domain/id.ts'
import type { ResourceLimits } from '../../domain/server.ts'
import { openFifoFlow, openFifoWriter } from '../../system/fifos.ts'
import type { Instance, InstanceEnd } from '../ports.ts'
import type { SandboxHost } from '../sandbox/open-host.ts'
import { fifoOf } from '../sandbox/run-dir.ts'
import { resizeSandbox } from '../sandbox/resize-sandbox.ts'
import { watchSandbox, type SandboxEnd, type Watched } from '../sandbox/watch-sandbox.ts'
import type { InstanceNetwork } from './open-network.ts'
import { createUsageReader } from './usage-reader.ts'

export type InstanceFacts = {
  readonly instanceId: InstanceId
  readonly uid: number
  readonly enforcement: Enforcement
  /** Closed with the instance. */
  readonly network: InstanceNetwork
}

/** Throws when a FIFO cannot be opened, with every descriptor closed. */
export function openInstance(
  host: SandboxHost,
  subject: Watched,
  { network, ...facts }: InstanceFacts,
): Instance {
  const { stdin, stdout, stderr } = openStreams(subject.runDir)
  const held: Watched & { limits: ResourceLimits } = { ...subject }
  const life = watchSandbox(host, held)
  const hasNetwork = facts.enforcement.net.level === 'hard'
  const usage = createUsageReader(host.clock, subject, hasNetwork)
  const isOffline = network.egress.length === 0 && hasNetwork
  const witness = ({ refusedTasks, isOverDisk, ...end }: SandboxEnd): InstanceEnd => ({
    ...end,
    evidence: { refusedTasks, isOverDisk, isOffline, refusedPlaces: network.refused() },
  })
  return {
    ...facts,
    get limits() {
      return held.limits
    },
    egress: network.egress,
    defect: network.defect,
    http: network.http,
    pid: subject.payload.pid,
    stdin,
    stdout,
    stderr,
    ended: life.ended.then((end) => {
      stdin.destroy()
      usage.close()
      network.close()
      return witness(end)
    }),
    stop: async (cause, detail, graceMs) => witness(await life.stop(cause, detail, graceMs)),
    release() {
      life.release()
      usage.close()
      network.close()
      for (const stream of [stdin, stdout, stderr]) stream.destroy()
    },
    usage: () => usage.read(),
    async resize(change) {
      const limits = await resizeSandbox(held, change, host.bootId)
      held.limits = limits ?? held.limits
      return limits !== null
    },
  }
}

function openStreams(runDir: string) {
  const stdout = openFifoFlow(fifoOf(runDir, 'out'))
  const stderr = openFifoFlow(fifoOf(runDir, 'err'))
  try {
    const stdin = openFifoWriter(fifoOf(runDir, 'in'))
    // Writing to an instance that just died is no defect: its end is told by `ended`.
    for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined)
    return { stdin, stdout, stderr }
  } catch (error) {
    for (const stream of [stdout, stderr]) stream.destroy()
    throw error
  }
}
