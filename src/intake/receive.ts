/** Bytes from a client to a file, capped and hashed as they come. */
import { createHash } from 'node:crypto'
import { open, unlink } from 'node:fs/promises'
import { AppError } from '../domain/error.ts'
import { findStorageTrouble } from '../domain/storage-error.ts'

export type ReceivedArchive = {
  readonly path: string
  readonly bytes: number
  /** SHA-256, hex. */
  readonly hash: string
}

const ASK_BYTES = 4 * 2 ** 20

export type ReceiveOptions = {
  /** A file that is not there yet, in a directory of the platform's own. */
  readonly path: string
  readonly maxBytes: number
  /** Asked before the first byte and now and then after it. */
  readonly assertSpace: () => Promise<void>
  readonly signal: AbortSignal
}

/**
 * The stream, whole and on the disk, or nothing: the file is removed on any failure.
 * Throws AppError `body_too_large` at the first byte over, `archive_truncated`, `disk_full`.
 */
export async function receive(
  source: AsyncIterable<Uint8Array>,
  options: ReceiveOptions,
): Promise<ReceivedArchive> {
  const { path, maxBytes, assertSpace, signal } = options
  await assertSpace()
  const handle = await open(path, 'wx', 0o600)
  try {
    const hash = createHash('sha256')
    let bytes = 0
    let asked = 0
    for await (const chunk of readUntilCut(source)) {
      signal.throwIfAborted()
      bytes += chunk.byteLength
      if (bytes > maxBytes) {
        throw new AppError('body_too_large', `The archive is larger than ${maxBytes} bytes`, {
          hint: 'Send a smaller archive, or raise mcp_hosting.security.max_upload_size_mb.',
        })
      }
      if (bytes - asked >= ASK_BYTES) {
        await assertSpace()
        asked = bytes
      }
      hash.update(chunk)
      await writeAll(handle, chunk)
    }
    await handle.sync()
    await handle.close()
    return { path, bytes, hash: hash.digest('hex') }
  } catch (error) {
    await handle.close().catch(() => undefined)
    await unlink(path).catch(() => undefined)
    if (findStorageTrouble(error) === 'disk_full' && !(error instanceof AppError)) {
      throw new AppError('disk_full', 'The disk is full while receiving the archive', { cause: error })
    }
    throw error
  }
}

/** A connection that breaks arrives as the stream's error. */
async function* readUntilCut(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* source
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError('archive_truncated', 'The upload broke off', { cause: error })
  }
}

async function writeAll(
  handle: { write(data: Uint8Array, offset: number): Promise<{ bytesWritten: number }> },
  chunk: Uint8Array,
): Promise<void> {
  for (let done = 0; done < chunk.byteLength;) done += (await handle.write(chunk, done)).bytesWritten
}
