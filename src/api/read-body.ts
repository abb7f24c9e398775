import { AppError } from '../domain/error.ts'

/** Reads at most `maxBytes`; throws `body_too_large` before more is held. */
async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new AppError('body_too_large', `The body is over ${maxBytes} bytes.`, {
      details: { max_bytes: maxBytes },
    })
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bodyOf(request)) {
    size += chunk.byteLength
    if (size > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The body as it comes; empty when there is none. */
export async function* bodyOf(request: Request): AsyncGenerator<Uint8Array> {
  if (request.body === null) return
  for await (const chunk of request.body) yield chunk as Uint8Array
}

const MAX_JSON_BYTES = 1024 * 1024
const MAX_JSON_DEPTH = 64

/** The JSON body; an empty one is `{}`. Throws `unsupported_media_type`, `body_too_large`, `invalid_request`. */
export async function readJson(request: Request, maxBytes = MAX_JSON_BYTES): Promise<unknown> {
  const bytes = await readBody(request, maxBytes)
  if (bytes.byteLength === 0) return {}
  const type = mediaTypeOf(request)
  if (type !== 'application/json' && type !== 'application/merge-patch+json') {
    throw new AppError('unsupported_media_type', `The content type "${type}" is not application/json.`)
  }
  return parseJson(Buffer.from(bytes).toString('utf8'), 'body')
}

/** Bounded in depth, so that nothing behind it recurses far. */
export function parseJson(text: string, source: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    if (isWithinDepth(value, MAX_JSON_DEPTH)) return value
  } catch {
    throw new AppError('invalid_request', `${source}: is not JSON.`)
  }
  throw new AppError('invalid_request', `${source}: is nested deeper than ${MAX_JSON_DEPTH} levels.`)
}

function isWithinDepth(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((inner) => isWithinDepth(inner, depth - 1))
}

export function mediaTypeOf(request: Request): string {
  return (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
}
