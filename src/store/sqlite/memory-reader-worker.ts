/** Answers questions about memories on a connection of its own: memory-reader.ts asks them. */
import { parentPort, workerData } from 'node:worker_threads'
import { openReader } from './database.ts'
import type { Answer, Question, ReaderJob } from './memory-reader.ts'
import { createMemoryReads, type MemoryReads } from './memory-reads.ts'

const { path, node, state } = workerData as ReaderJob
const flag = new Int32Array(state)
const database = openReader(path)
const reads = createMemoryReads(database, node)

function answer({ id, name, given }: Question): Answer {
  try {
    const read = reads[name] as (...all: readonly unknown[]) => ReturnType<MemoryReads[typeof name]>
    return { id, found: read(...given) }
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) }
  }
}

parentPort?.on('message', (question: Question | null) => {
  // What waits behind the end is not begun any more.
  if (Atomics.load(flag, 0) !== 0) {
    database.close()
    Atomics.store(flag, 0, 2)
    Atomics.notify(flag, 0)
    parentPort?.close()
  } else if (question !== null) parentPort?.postMessage(answer(question), [])
})
