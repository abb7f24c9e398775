/** Requests to the one place that the operator named: its name is resolved once, and nothing follows redirects. */
import { decodeJson, isJsonObject, isNestedBeyond, type JsonObject } from '../../domain/json.ts'
import { createSseReader, type SseEvent } from '../../domain/sse-reader.ts'
import { httpRequest, resolveHost, type OutboundResponse } from '../../system/outbound.ts'
import { MAX_MESSAGE_BYTES, MAX_MESSAGE_DEPTH } from './wire.ts'

export interface HttpPlace {
  readonly url: URL
  request(
    method: 'GET' | 'POST' | 'DELETE',
    url: URL,
    options: {
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
      readonly signal: AbortSignal
    },
  ): Promise<OutboundResponse>
}

/** It may be private or this machine: the operator named it. Only its own origin is spoken to. */
export async function openHttpPlace(text: string, token: string | null): Promise<HttpPlace> {
  const url = new URL(text)
  const { addresses } = await resolveHost(url.hostname.replace(/^\[(.*)\]$/, '$1'))
  const credentials: Readonly<Record<string, string>> =
    token === null ? {} : { authorization: `Bearer ${token}` }
  return {
    url,
    async request(method, target, { headers = {}, body, signal }) {
      if (target.origin !== url.origin) throw new Error(`leads to ${target.origin}, which was not named`)
      return await httpRequest({
        url: target,
        method,
        headers: { ...headers, ...credentials, 'accept-encoding': 'identity' },
        signal,
        addresses,
        ...(body === undefined ? {} : { body }),
      })
    },
  }
}

export const isOk = ({ status }: OutboundResponse): boolean => status >= 200 && status < 300

export function isEventStream({ headers }: OutboundResponse): boolean {
  return /^text\/event-stream\b/i.test(headers['content-type'] ?? '')
}

/** Null: no message of JSON-RPC. */
export function parseMessage(text: string): JsonObject | null {
  const value = isNestedBeyond(text, MAX_MESSAGE_DEPTH) ? undefined : decodeJson(text)
  return isJsonObject(value) ? value : null
}

export async function readText({ body }: OutboundResponse): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_MESSAGE_BYTES) {
      body.destroy()
      throw new Error('sent more than a message may hold')
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** To the end of the stream, which is told with a sentence's end. */
export function readEvents(
  { body }: OutboundResponse,
  onEvent: (event: SseEvent) => void,
  onEnd: (why: string) => void,
): void {
  let ended = false
  const end = (why: string) => {
    if (ended) return
    ended = true
    body.destroy()
    onEnd(why)
  }
  const onOverflow = () => end('sent more than a message may hold')
  const reader = createSseReader({ onEvent, onOverflow }, MAX_MESSAGE_BYTES)
  body.on('data', (chunk: Buffer) => reader.push(chunk))
  body.once('close', () => end('closed its stream'))
}
