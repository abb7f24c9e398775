/** Opens a listener inside a sandbox's network namespace, from outside. */
import { extname, join } from 'node:path'
import type { EventEmitter } from 'node:events'
import { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import { collectText, spawnProcess } from '../../system/spawn.ts'
import { buildEnterNetwork } from '../sandbox/enter-network.ts'
import type { SandboxHost } from '../sandbox/open-host.ts'

/** What is used of the net.Server that arrives. */
export type InnerListener = EventEmitter & {
  maxConnections: number
  allowHalfOpen?: boolean
  close(): unknown
}

const MESSAGE = z.union([z.object({ listening: z.literal(true) }), z.object({ error: z.string() })])
const DEADLINE_MS = 10_000
const COMPLAINT_BYTES = 2048

/** @param pid bubblewrap outside, which lives in the namespace. Throws AppError `sandbox_failed` with the reason. */
export async function openListenerInside(host: SandboxHost, pid: number): Promise<InnerListener> {
  // The daemon may be running from its compiled form: the worker lies beside this file, with the same ending.
  const worker = join(import.meta.dirname, `listener-worker${extname(import.meta.filename)}`)
  const child = spawnProcess([...buildEnterNetwork(host, pid), process.execPath, worker], {
    environment: {},
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const complaint = collectText(child.stderr, COMPLAINT_BYTES)
  const { promise, resolve, reject } = Promise.withResolvers<InnerListener>()
  let over = false
  const fail = (why: string) => {
    over = true
    reject(new AppError('sandbox_failed', `the proxy listener failed: ${why}`))
  }
  const cancel = host.clock.after(DEADLINE_MS, () => fail('it did not open in time'))
  child.on('error', (error) => fail(error.message))
  // Not `exit`: when several children end together that comes before what this one has sent, and `close` never does.
  child.once('close', (code) => fail(`${complaint().trim()} (${code})`))
  child.once('message', (message: unknown, handle: unknown) => {
    const parsed = MESSAGE.safeParse(message).data
    if (parsed === undefined) fail('what it said is not understood')
    else if ('error' in parsed) fail(parsed.error)
    else if (over) (handle as InnerListener).close()
    else resolve(handle as InnerListener)
  })
  try {
    return await promise
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    cancel()
    child.unref()
  }
}
