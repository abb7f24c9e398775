import { once } from 'node:events'
import { extname, join } from 'node:path'
import { Worker } from 'node:worker_threads'

/** A whole copy of the database at `path` as it is now, on the disk at `target`, while others write to it. */
export async function copyInThread(path: string, target: string): Promise<void> {
  // The platform may be running from its compiled form: the worker lies beside this file, with the same ending.
  const module = join(import.meta.dirname, `copy-worker${extname(import.meta.filename)}`)
  const worker = new Worker(module, { workerData: { path, target } })
  // Rejects with what the thread threw.
  await once(worker, 'exit')
}
