/**
 * What stands beside the table, so that a cut at its end is found: the head, rewritten with each record, and the
 * checkpoints, which only grow.
 */
import { closeSync, constants, fsyncSync, openSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseStatement, type Statement } from './statement.ts'

const HEAD_FILE = 'head.json'
const CHECKPOINTS_FILE = 'checkpoints.jsonl'
/** One disk sector, written in place: no crash leaves half of it, and a full disk has room for it. */
const HEAD_BYTES = 512

export interface SignedFiles {
  /** In the file, not yet on the disk: a head that is behind its table after a power failure is no contradiction. */
  writeHead(statement: Statement): void
  /** On the disk when it returns. */
  appendCheckpoint(statement: Statement): void
  close(): void
}

export function openSignedFiles(dir: string): SignedFiles {
  const head = openSync(join(dir, HEAD_FILE), constants.O_RDWR | constants.O_CREAT, 0o600)
  const checkpoints = openSync(join(dir, CHECKPOINTS_FILE), 'a', 0o600)
  return {
    writeHead(statement) {
      writeSync(head, `${JSON.stringify(statement).padEnd(HEAD_BYTES - 1)}\n`, 0)
    },
    appendCheckpoint(statement) {
      writeSync(checkpoints, `${JSON.stringify(statement)}\n`)
      fsyncSync(checkpoints)
    },
    close() {
      closeSync(head)
      closeSync(checkpoints)
    },
  }
}

/** Undefined when there is no such file, null when it holds no statement. */
export async function readHead(dir: string): Promise<Statement | null | undefined> {
  const text = await readText(join(dir, HEAD_FILE))
  return text === null ? undefined : parseStatement(text)
}

/** In order; null stands for a line that is no statement. */
export async function readCheckpoints(dir: string): Promise<readonly (Statement | null)[]> {
  const text = (await readText(join(dir, CHECKPOINTS_FILE))) ?? ''
  return text.split('\n').flatMap((line) => (line === '' ? [] : [parseStatement(line)]))
}

function readText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
}
