import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/error.ts'
import { runWorker } from '../run-worker.ts'

const ANSWER = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('sealed'),
    treeHash: z.string().regex(/^[0-9a-f]{64}$/),
    files: z.number(),
    bytes: z.number(),
  }),
  z.object({ kind: z.literal('refused'), message: z.string() }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
])

export type Sealed = { readonly treeHash: string; readonly files: number; readonly bytes: number }

const MAX_FILES = 200_000
const MAX_BYTES = 2 * 1024 ** 3
const TIMEOUT_SECONDS = 300

/** Read-only, owned by the platform, hashed. Throws AppError `install_failed` when the tree may not be a version. */
export async function sealTree(root: string, clock: Clock, signal: AbortSignal): Promise<Sealed> {
  const result = await runWorker(
    {
      module: './tree/seal-worker',
      argument: { root, maxFiles: MAX_FILES, maxBytes: MAX_BYTES },
      read: [root],
      write: [root],
      timeoutSeconds: TIMEOUT_SECONDS,
    },
    clock,
    signal,
  )
  if (result.kind === 'cancelled') throw signal.reason
  if (result.kind === 'timeout') {
    throw new AppError('install_failed', `Hashing the installed tree took more than ${TIMEOUT_SECONDS} s`)
  }
  if (result.kind === 'crashed') throw new Error(`the tree could not be hashed: ${result.detail}`)
  const answer = ANSWER.parse(result.answer)
  if (answer.kind === 'sealed') return answer
  if (answer.kind === 'refused') {
    throw new AppError('install_failed', `What was installed cannot be kept: ${answer.message}`)
  }
  throw new Error(`the tree could not be hashed: ${answer.message}`)
}
