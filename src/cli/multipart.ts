/** A multipart/form-data body whose length is known before it is sent, so that the archive can stream. */
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { SecretRequestJson } from '../api/schema/secret.ts'
import { createToken } from '../system/random.ts'
import type { Upload } from './client.ts'

/** An archive: its bytes, or the file that holds them. */
export type ArchiveSource = { readonly filename: string } & (
  | { readonly bytes: Uint8Array }
  | { readonly path: string; readonly size: number }
)

/** What is small goes first: the platform knows what is wanted before the archive arrives. */
export function buildUpload(
  config: Readonly<Record<string, unknown>>,
  archive: ArchiveSource,
  secrets: readonly SecretRequestJson[] = [],
): Upload {
  const boundary = `haivemind-${createToken(18)}`
  const head = Buffer.from(
    buildJsonPart(boundary, 'config', config) +
      (secrets.length === 0 ? '' : buildJsonPart(boundary, 'secrets', secrets)) +
      `--${boundary}\r\ncontent-disposition: form-data; name="archive"; filename="${quote(archive.filename)}"\r\n` +
      'content-type: application/octet-stream\r\n\r\n',
  )
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  const size = 'bytes' in archive ? archive.bytes.length : archive.size
  async function* send(): AsyncGenerator<Uint8Array> {
    yield head
    if ('bytes' in archive) yield archive.bytes
    // The file may grow while it is read; the announced length holds.
    else if (size > 0) yield* createReadStream(archive.path, { end: size - 1 }) as AsyncIterable<Buffer>
    yield tail
  }
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: head.length + size + tail.length,
    body: Readable.from(send(), { objectMode: false }),
  }
}

function buildJsonPart(boundary: string, name: string, value: unknown): string {
  return (
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n` +
    `content-type: application/json\r\n\r\n${JSON.stringify(value)}\r\n`
  )
}

/** As browsers do it (WHATWG): percent-encoding for what would end the value. */
function quote(filename: string): string {
  return filename.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
