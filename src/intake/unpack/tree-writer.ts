/**
 * Writes checked entries into a fresh directory that nobody else has seen. Every file is made with
 * O_EXCL|O_NOFOLLOW, so a name that exists, link or not, ends the extraction.
 */
import { closeSync, constants, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PlannedEntry } from './plan.ts'

export interface TreeWriter {
  addDirectory(entry: PlannedEntry): void
  /** Give all of the file's bytes to `write`, then `close`. */
  openFile(entry: PlannedEntry): { write(chunk: Uint8Array): void; close(): void }
}

/** @param root must exist and be empty, mode 0700. */
export function createTreeWriter(root: string): TreeWriter {
  const made = new Set<string>(['.'])
  const makeDirectory = (path: string) => {
    if (made.has(path)) return
    makeDirectory(dirname(path))
    mkdirSync(join(root, path), { mode: 0o755 })
    made.add(path)
  }
  return {
    addDirectory: (entry) => makeDirectory(entry.path),
    openFile(entry) {
      makeDirectory(dirname(entry.path))
      const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW
      const descriptor = openSync(join(root, entry.path), flags, entry.executable ? 0o755 : 0o644)
      return {
        write(chunk) {
          for (let done = 0; done < chunk.byteLength;) done += writeSync(descriptor, chunk, done)
        },
        close: () => closeSync(descriptor),
      }
    },
  }
}
