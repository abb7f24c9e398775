/** Copies a database in a thread of its own, since SQLite blocks: argument and answer are in copy-in-thread.ts. */
import { workerData } from 'node:worker_threads'
import { copyDatabase } from '../sqlite/database.ts'

const { path, target } = workerData as { readonly path: string; readonly target: string }
copyDatabase(path, target)
