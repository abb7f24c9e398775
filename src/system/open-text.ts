/** A small file of the kernel that is read again and again: opened once, and each reading is one call of the system. */
import { closeSync, openSync, readSync } from 'node:fs'

export interface OpenText {
  /** All of it as it is now. Throws when what it tells of is gone. */
  read(): string
  close(): void
}

/** Readings come one after the other, so all files share it. */
const buffer = Buffer.alloc(65_536)
/** seq_file(9) hands out a page at a time: what is well below one is all there is. */
const PART = 2048

export function openText(path: string): OpenText {
  const descriptor = openSync(path, 'r')
  return {
    read() {
      let length = readSync(descriptor, buffer, 0, buffer.length, 0)
      for (let more = length; more >= PART && length < buffer.length; length += more) {
        more = readSync(descriptor, buffer, length, buffer.length - length, length)
      }
      return buffer.toString('latin1', 0, length)
    },
    close: () => closeSync(descriptor),
  }
}

/** Null where there is none, or it may not be read. */
export function tryOpenText(path: string): OpenText | null {
  try {
    return openText(path)
  } catch {
    return null
  }
}

/** The number after `key` at the beginning of a line; 0 where there is none. */
export function findNumber(text: string, key: string): number {
  let at = text.startsWith(key) ? 0 : text.indexOf(`\n${key}`) + 1
  if (at === 0 && !text.startsWith(key)) return 0
  at += key.length
  const end = text.indexOf('\n', at)
  return Number(end === -1 ? text.slice(at) : text.slice(at, end))
}
