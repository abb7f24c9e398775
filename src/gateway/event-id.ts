/**
 * The name of an event on a stream of a session: which start of the daemon, which stream, which event (R107). The
 * start is part of it, so that no id ever comes again and nothing has to be stored for each event.
 */
import { isRequestId, type RequestId } from './message.ts'

export type StreamName = {
  readonly generation: number
  /** Odd where it is the answer to a request, even where it is the session's own. */
  readonly stream: number
  /** Of the request that is answered, so that a client that asks for a lost answer can be told so. */
  readonly requestId?: RequestId
}
export type EventId = StreamName & { readonly sequence: number }

const PATTERN = /^([0-9a-z]{1,9})\.([0-9a-z]{1,9})\.([0-9a-z]{1,9})(?:\.([A-Za-z0-9_-]{1,128}))?$/
const MAX_ENCODED = 128

/** All but the number of the event, which is appended: a stream has one of these and many events. */
export function buildIdParts({ generation, stream, requestId }: StreamName): {
  readonly head: string
  readonly tail: string
} {
  const head = `${generation.toString(36)}.${stream.toString(36)}.`
  const encoded = requestId === undefined ? '' : Buffer.from(JSON.stringify(requestId)).toString('base64url')
  return { head, tail: encoded === '' || encoded.length > MAX_ENCODED ? '' : `.${encoded}` }
}

/** Null for anything that no gateway has given out: what a client sends back is its own word. */
export function parseEventId(text: string): EventId | null {
  const [, generation, stream = '', sequence = '', encoded] = PATTERN.exec(text) ?? []
  if (generation === undefined) return null
  const requestId = encoded === undefined ? undefined : decode(encoded)
  return {
    generation: Number.parseInt(generation, 36),
    stream: Number.parseInt(stream, 36),
    sequence: Number.parseInt(sequence, 36),
    ...(requestId === undefined ? {} : { requestId }),
  }
}

export function isAnswer({ stream }: StreamName): boolean {
  return stream % 2 === 1
}

function decode(encoded: string): RequestId | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'))
    return isRequestId(value) ? value : undefined
  } catch {
    return undefined
  }
}
