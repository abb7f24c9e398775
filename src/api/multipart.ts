/** multipart/form-data (RFC 7578) as it streams in: one part at a time, nothing but the current chunk in memory. */
import { AppError } from '../domain/error.ts'

export type Part = {
  readonly name: string
  readonly filename: string | null
  /** Read it to its end, or not at all: then it is skipped. */
  readonly content: AsyncIterable<Uint8Array>
}

const MAX_HEADER_BYTES = 8 * 1024
const MAX_PARTS = 16
const BLANK_LINE = Buffer.from('\r\n\r\n')

/** Throws `invalid_request` for a malformed body and `archive_truncated` when it ends early. */
export async function* parseMultipart(
  contentType: string,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Part> {
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType)
  const text = boundary?.[1] ?? boundary?.[2]
  if (text === undefined) throw malformed('the content type has no boundary')
  const delimiter = Buffer.from(`\r\n--${text}`)
  const input = createInput(source)
  // The first delimiter has no line break before it: RFC 2046 §5.1.1.
  input.unread(Buffer.from('\r\n'))
  await drain(input.readUntil(delimiter))
  for (let count = 0; !(await endsHere(input)); count++) {
    if (count === MAX_PARTS) throw malformed(`more than ${MAX_PARTS} parts`)
    const header = await readHeader(input)
    const content = input.readUntil(delimiter)
    yield { ...parseDisposition(header), content }
    await drain(content)
  }
}

type Input = ReturnType<typeof createInput>

function createInput(source: AsyncIterable<Uint8Array>) {
  const chunks = source[Symbol.asyncIterator]()
  let buffer: Buffer = Buffer.alloc(0)
  const fill = async () => {
    const next = await chunks.next()
    if (next.done === true)
      throw new AppError('archive_truncated', 'The upload ended before its last part did.')
    buffer = Buffer.concat([buffer, next.value])
  }
  return {
    unread(bytes: Buffer) {
      buffer = Buffer.concat([bytes, buffer])
    },
    async take(length: number): Promise<Buffer> {
      while (buffer.length < length) await fill()
      const taken = buffer.subarray(0, length)
      buffer = buffer.subarray(length)
      return taken
    },
    /** The bytes before `mark`, which is consumed. Going on after its end yields nothing. */
    async *readUntil(mark: Buffer): AsyncGenerator<Uint8Array> {
      for (;;) {
        const at = buffer.indexOf(mark)
        if (at >= 0) {
          const last = buffer.subarray(0, at)
          buffer = buffer.subarray(at + mark.length)
          if (last.length > 0) yield last
          return
        }
        // The mark may begin in the last bytes.
        const safe = buffer.length - mark.length + 1
        if (safe > 0) {
          const ready = buffer.subarray(0, safe)
          buffer = buffer.subarray(safe)
          yield ready
        }
        await fill()
      }
    },
  }
}

/** After a delimiter: `--` ends the body, a line break begins a part. */
async function endsHere(input: Input): Promise<boolean> {
  const next = (await input.take(2)).toString('latin1')
  if (next === '--') return true
  if (next !== '\r\n') throw malformed('a boundary is not followed by a line break')
  // A part without header fields begins with its blank line at once.
  input.unread(Buffer.from('\r\n'))
  return false
}

async function readHeader(input: Input): Promise<string> {
  let header = ''
  for await (const bytes of input.readUntil(BLANK_LINE)) {
    header += Buffer.from(bytes).toString('utf8')
    if (header.length > MAX_HEADER_BYTES) throw malformed(`a part's header is over ${MAX_HEADER_BYTES} bytes`)
  }
  return header
}

function parseDisposition(header: string): Pick<Part, 'name' | 'filename'> {
  const line = /(?:^|\r\n)content-disposition:\s*form-data\s*(;[^\r\n]*)/i.exec(header)?.[1]
  const name = line === undefined ? undefined : /;\s*name="([^"]*)"/i.exec(line)?.[1]
  if (line === undefined || name === undefined) throw malformed('a part has no name')
  return { name, filename: /;\s*filename="([^"]*)"/i.exec(line)?.[1] ?? null }
}

async function drain(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const bytes of content) void bytes
}

function malformed(why: string): AppError {
  return new AppError('invalid_request', `body: is not multipart/form-data: ${why}.`)
}
