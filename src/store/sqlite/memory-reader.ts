/** Asks what may take long in a thread of its own, which reads the same database. */
import { extname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { AppError } from '../../domain/error.ts'
import type { Database } from './database.ts'
import { createMemoryReads, type MemoryReads } from './memory-reads.ts'

export interface MemoryReader {
  ask<N extends keyof MemoryReads>(
    name: N,
    ...given: Parameters<MemoryReads[N]>
  ): Promise<ReturnType<MemoryReads[N]>>
  /** Waits until nothing is read any more; what was asked meanwhile fails. */
  close(): void
}

/** To the thread, and back. */
export type Question = {
  readonly id: number
  readonly name: keyof MemoryReads
  readonly given: readonly unknown[]
}
export type Answer = { readonly id: number } & ({ readonly found: unknown } | { readonly error: string })
export type ReaderJob = {
  readonly path: string
  readonly node: string
  /** One 32-bit number: 1 asks the thread to end, 2 says that its connection is closed. */
  readonly state: SharedArrayBuffer
}

/** On the connection at hand: what is in memory has no other. */
export function createReaderHere(database: Database, node: string): MemoryReader {
  const reads = createMemoryReads(database, node)
  return {
    ask: async (name, ...given) =>
      (reads[name] as (...all: unknown[]) => ReturnType<MemoryReads[typeof name]>)(...given),
    close() {},
  }
}

/** Questions that wait; beyond it one more would only wait longer than anybody does. */
const MAX_WAITING = 200
/** For the question that is just answered, at the end. */
const CLOSE_MS = 2_000

export function createReaderThread(path: string, node: string): MemoryReader {
  type Waiting = { readonly resolve: (found: never) => void; readonly reject: (error: Error) => void }
  const waiting = new Map<number, Waiting>()
  const state = new SharedArrayBuffer(4)
  const flag = new Int32Array(state)
  let thread: Worker | null = null
  let isClosed = false
  let last = 0

  /** At the first question, and again when it ended on one. */
  const start = (): Worker => {
    // The platform may be running from its compiled form: the worker lies beside this file, with the same ending.
    const module = join(import.meta.dirname, `memory-reader-worker${extname(import.meta.filename)}`)
    const job: ReaderJob = { path, node, state }
    const worker = new Worker(module, { workerData: job })
    worker.unref()
    const fail = (error: Error) => {
      if (thread === worker) thread = null
      for (const { reject } of waiting.values()) reject(error)
      waiting.clear()
    }
    worker.on('message', (answer: Answer) => {
      const one = waiting.get(answer.id)
      waiting.delete(answer.id)
      if (waiting.size === 0) worker.unref()
      if ('error' in answer) one?.reject(new Error(answer.error))
      else one?.resolve(answer.found as never)
    })
    worker.on('error', fail)
    worker.on('exit', () => fail(new Error('the thread that reads memories ended')))
    return worker
  }

  return {
    ask(name, ...given) {
      if (isClosed) return Promise.reject(new Error('the store is closed'))
      if (waiting.size >= MAX_WAITING) {
        return Promise.reject(new AppError('busy', `${MAX_WAITING} questions about memories are waiting.`))
      }
      thread ??= start()
      const question: Question = { id: ++last, name, given }
      thread.postMessage(question, [])
      // Whoever waits for the answer is not left by a process that ends for want of work.
      thread.ref()
      return new Promise((resolve, reject) => waiting.set(question.id, { resolve, reject }))
    },
    close() {
      isClosed = true
      if (thread === null) return
      Atomics.store(flag, 0, 1)
      thread.postMessage(null, [])
      // The connection that writes is closed next, and has to be the last: it then leaves one file.
      Atomics.wait(flag, 0, 1, CLOSE_MS)
      void thread.terminate()
    },
  }
}
