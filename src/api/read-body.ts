import { isUtf8 } from 'node:buffer'
import { collectBytes } from '../domain/collect-bytes.ts'
import { AppError } from '../domain/error.ts'
import { decodeJson, isNestedBeyond } from '../domain/json.ts'

/** Reads at most `maxBytes`; throws `body_too_large` before more is held. */
export async function readBody(request: Request, maxBytes: number): Promise<Buffer> {
  const tooLarge = () =>
    new AppError('body_too_large', `The body is over ${maxBytes} bytes.`, {
      details: { max_bytes: maxBytes },
    })
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge()
  return collectBytes(bodyOf(request), maxBytes, tooLarge)
}

/** The body as it comes; empty when there is none. */
export async function* bodyOf(request: Request): AsyncGenerator<Uint8Array> {
  if (request.body === null) return
  for await (const chunk of request.body) yield chunk as Uint8Array
}

const MAX_JSON_BYTES = 1024 * 1024
/** From somebody who has not said who they are: a name and a password. */
const MAX_STRANGERS_JSON_BYTES = 16 * 1024
const MAX_JSON_DEPTH = 64

/** The JSON body; an empty one is `{}`. Throws `unsupported_media_type`, `body_too_large`, `invalid_request`. */
export async function readJson(request: Request, isStranger = false): Promise<unknown> {
  const bytes = await readBody(request, isStranger ? MAX_STRANGERS_JSON_BYTES : MAX_JSON_BYTES)
  if (bytes.byteLength === 0) return {}
  const type = mediaTypeOf(request)
  if (type !== 'application/json' && type !== 'application/merge-patch+json') {
    throw new AppError('unsupported_media_type', `The content type "${type}" is not application/json.`)
  }
  return parseJson(bytes, 'body')
}

/** Bounded in depth, so that nothing behind it recurses far. */
export function parseJson(bytes: Buffer, source: string): unknown {
  if (!isUtf8(bytes)) throw new AppError('invalid_request', `${source}: is not UTF-8.`)
  const text = bytes.toString('utf8')
  if (isNestedBeyond(text, MAX_JSON_DEPTH)) {
    throw new AppError('invalid_request', `${source}: is nested deeper than ${MAX_JSON_DEPTH} levels.`)
  }
  const value = decodeJson(text)
  if (value === undefined) throw new AppError('invalid_request', `${source}: is not JSON.`)
  return value
}

export function mediaTypeOf(request: Request): string {
  return (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
}
