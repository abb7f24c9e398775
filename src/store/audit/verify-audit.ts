import { createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import type { AuditRecord, AuditVerdict } from '../../domain/audit.ts'
import { AppError } from '../../domain/error.ts'
import { createAuditStore, type AuditStore } from '../sqlite/audit-store.ts'
import { openSnapshot } from '../sqlite/database.ts'
import { createChainCheck } from './check-chain.ts'
import { findBegin, tellsOf } from './prune-segments.ts'
import { pagesOf, readSegment } from './segments.ts'
import { readCheckpoints, readHead } from './signed-files.ts'
import { buildKeyId, PUBLIC_FILE } from './signing-key.ts'
import { isSignedBy, type Statement } from './statement.ts'

type Place = {
  /** Of the database. */
  readonly path: string
  /** With the head, the checkpoints, the segments and the public key. */
  readonly dir: string
  /** PEM; absent: the one in `dir`, which only proves what an untouched `dir` can. */
  readonly publicKey?: string
}

/** Checks the whole chain, whether or not a daemon writes to it. Changes nothing. */
export async function verifyAudit({ path, dir, publicKey }: Place): Promise<AuditVerdict> {
  const pem = publicKey ?? (await readPublicKey(dir))
  const key = createPublicKey(pem)
  // Before the table: what they speak of is in it by now.
  const head = await readHead(dir)
  const checkpoints = await readCheckpoints(dir)
  const snapshot = openSnapshot(path)
  try {
    const store = createAuditStore({ ...snapshot, ...readOnly })
    const begin = await findBegin(store, dir)
    const isTrue = (statement: Statement) => isSignedBy(key, statement)
    const check = createChainCheck({ head, checkpoints, isTrue, begin })
    let records = 0
    let isTold = begin.seq === 0
    for await (const record of readAll(store, dir, begin.seq)) {
      if (!check.add(record)) break
      isTold ||= record !== null && tellsOf(record, begin)
      records++
      if (records % 500 === 0) await breathe()
    }
    const { seq, hash } = check.end()
    return {
      // Gone, and no record of the platform says that they were to go.
      problem: isTold ? check.finish() : { seq: 1, reason: 'cannot be read' },
      records,
      firstSeq: begin.seq + 1,
      checkpoints: checkpoints.length,
      seq,
      hash,
      keyId: buildKeyId(key),
    }
  } finally {
    snapshot.close()
  }
}

const refuse = (): never => {
  throw new Error('a snapshot is only read')
}
const readOnly = { run: refuse, runEach: refuse, transaction: refuse, unsyncedTransaction: refuse }

/** What follows the record numbered `after`: segments, then the table. Null is one that cannot be read. */
async function* readAll(store: AuditStore, dir: string, after: number): AsyncGenerator<AuditRecord | null> {
  for (const segment of store.listSegments().filter(({ firstSeq }) => firstSeq > after)) {
    try {
      yield* readSegment(dir, segment)
    } catch {
      yield null
      return
    }
  }
  for (const page of pagesOf(store, 0)) yield* page
}

async function readPublicKey(dir: string): Promise<string> {
  return readFile(join(dir, PUBLIC_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new AppError('internal', `There is no audit log in ${dir}, or its public key is gone.`, {
      hint: 'It is made when the platform starts for the first time; give a kept key with --public-key.',
    })
  })
}
