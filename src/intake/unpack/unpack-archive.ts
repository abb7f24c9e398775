import { z } from 'zod'
import {
  ARCHIVE_FORMATS,
  REJECT_CODES,
  type ArchiveFormat,
  type ArchiveLimits,
} from '../../domain/archive.ts'
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/error.ts'
import { OUT_OF_MEMORY, runWorker } from '../run-worker.ts'

export type Unpacked = {
  readonly format: ArchiveFormat
  readonly files: number
  readonly bytes: number
  /** A bundle signature was cut off; it is not verified. */
  readonly signed: boolean
  /** Large archives inside, which stay closed. */
  readonly nested: readonly string[]
}

const ANSWER = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('unpacked'),
    format: z.enum(ARCHIVE_FORMATS),
    files: z.number(),
    bytes: z.number(),
    signed: z.boolean(),
    nested: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('rejected'),
    code: z.enum(REJECT_CODES),
    message: z.string(),
    entry: z.string().nullable(),
    offset: z.number().nullable(),
  }),
  z.object({ kind: z.literal('failed'), code: z.string(), message: z.string() }),
])

const TIMEOUT_SECONDS = 120
const FULL = new Set(['ENOSPC', 'EDQUOT'])

/**
 * Checks the archive against the strict profile and writes its files below `target` (empty, 0700), in a process
 * of its own. Throws AppError `archive_rejected` with `details` {rule, entry, offset}, or `disk_full`; what was
 * written until then is the caller's to remove.
 */
export async function unpackArchive(
  archive: string,
  target: string,
  limits: ArchiveLimits,
  clock: Clock,
  signal: AbortSignal,
): Promise<Unpacked> {
  const result = await runWorker(
    {
      module: './unpack/unpack-worker',
      argument: { archive, target, limits },
      read: [archive],
      write: [target],
      timeoutSeconds: TIMEOUT_SECONDS,
    },
    clock,
    signal,
  )
  if (result.kind === 'cancelled') throw signal.reason
  if (result.kind === 'timeout') {
    throw new AppError('archive_rejected', `Reading the archive took more than ${TIMEOUT_SECONDS} s`, {
      details: { rule: null, entry: null, offset: null },
    })
  }
  if (result.kind === 'crashed') {
    const why = result.detail === OUT_OF_MEMORY ? `: ${OUT_OF_MEMORY}` : ''
    throw new AppError('archive_rejected', `The process that reads the archive died on it${why}`, {
      details: { rule: null, entry: null, offset: null },
      cause: new Error(result.detail),
    })
  }
  const answer = ANSWER.parse(result.answer)
  if (answer.kind === 'unpacked') return answer
  if (answer.kind === 'rejected') {
    const { code, message, entry, offset } = answer
    throw new AppError('archive_rejected', `${code}: ${message}`, { details: { rule: code, entry, offset } })
  }
  if (FULL.has(answer.code)) throw new AppError('disk_full', 'The disk is full while unpacking the archive')
  throw new Error(`unpacking failed: ${answer.message}`)
}
