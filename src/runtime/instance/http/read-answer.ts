/** What comes back over HTTP, as JSON-RPC messages: one document, or a stream of events. */
import type { OutboundResponse } from '../../../system/outbound.ts'
import { decodeJson, isJsonObject, isNestedBeyond, type Json, type JsonObject } from '../../../domain/json.ts'
import { createGatheredBytes } from '../gathered-bytes.ts'
import { MAX_LINE_BYTES } from '../line-splitter.ts'
import { readFairly } from '../read-fairly.ts'
import { createSseReader } from '../../../domain/sse-reader.ts'

const MAX_DEPTH = 1000
const MAX_MIB = MAX_LINE_BYTES / 1024 / 1024

/** Null for what is no message, or could not be written again. A batch (2025-03-26) is several. */
export function parseMessages(text: string): readonly JsonObject[] | null {
  const value: Json | undefined = isNestedBeyond(text, MAX_DEPTH) ? undefined : decodeJson(text)
  if (isJsonObject(value)) return [value]
  return Array.isArray(value) && value.every(isJsonObject) ? value : null
}

/** The body as text, up to the largest message. Rejects with a sentence's end when it is larger. */
export async function readBody({ body }: OutboundResponse, maxBytes = MAX_LINE_BYTES): Promise<string> {
  const text = createGatheredBytes()
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (text.size + chunk.length > maxBytes) {
      body.destroy()
      throw new Error(`answered more than ${MAX_MIB} MiB`)
    }
    text.add(chunk)
  }
  return text.take().toString('utf8')
}

export type StreamHandlers = {
  readonly onMessage: (message: JsonObject) => void
  /** The data of an event that is no message. */
  readonly onNoise: (text: string) => void
  readonly onEventId?: (id: string) => void
}

/** Reads a stream to its end. Rejects when it breaks (`code` ECONNRESET), or with a sentence's end when a message is too large. */
export function readEvents({ body }: OutboundResponse, handlers: StreamHandlers): Promise<void> {
  return new Promise((resolve, reject) => {
    const reader = createSseReader(
      {
        onEvent({ data, id, event }) {
          if (id !== null && id !== '') handlers.onEventId?.(id)
          // Servers prime a stream with an empty event, so that it can be resumed.
          if (event !== 'message' || data === '') return
          const messages = parseMessages(data)
          if (messages === null) handlers.onNoise(data)
          for (const message of messages ?? []) handlers.onMessage(message)
        },
        onOverflow() {
          body.destroy()
          reject(new Error(`answered more than ${MAX_MIB} MiB`))
        },
      },
      MAX_LINE_BYTES,
    )
    readFairly(body, (chunk) => reader.push(chunk))
    body.once('close', () => {
      if (body.complete) resolve()
      else reject(Object.assign(new Error('its connection broke'), { code: 'ECONNRESET' }))
    })
  })
}

export function mediaTypeOf({ headers }: Pick<OutboundResponse, 'headers'>): string {
  return (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
}
