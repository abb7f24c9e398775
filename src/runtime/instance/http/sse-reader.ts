/** A stream of server-sent events (WHATWG HTML, "Server-sent events") to events, bounded. */
import { MAX_LINE_BYTES } from '../line-splitter.ts'

export type SseEvent = { readonly data: string; readonly id: string | null; readonly event: string }

export type SseHandlers = {
  readonly onEvent: (event: SseEvent) => void
  /** Called once: one event is larger than a message may be. Nothing is taken any more. */
  readonly onOverflow: () => void
}

export type SseReader = { push(chunk: Buffer): void }

export function createSseReader({ onEvent, onOverflow }: SseHandlers, maxBytes = MAX_LINE_BYTES): SseReader {
  const decoder = new TextDecoder()
  let rest = ''
  let data: string[] = []
  let size = 0
  let id: string | null = null
  let event = ''
  let broken = false

  const end = () => {
    if (data.length > 0) onEvent({ data: data.join('\n'), id, event: event === '' ? 'message' : event })
    data = []
    size = 0
    event = ''
  }

  const take = (line: string) => {
    if (line === '') return end()
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === 'data') {
      size += value.length
      data.push(value)
    } else if (field === 'event') event = value
    else if (field === 'id' && !value.includes('\0')) id = value
  }

  return {
    push(chunk) {
      if (broken) return
      rest += decoder.decode(chunk, { stream: true })
      // A CR at the end may be the first half of CRLF.
      const complete = rest.endsWith('\r') ? rest.length - 1 : rest.length
      let start = 0
      for (const { 0: mark, index } of rest.slice(0, complete).matchAll(/\r\n|\r|\n/g)) {
        take(rest.slice(start, index))
        start = index + mark.length
      }
      rest = rest.slice(start)
      if (size + rest.length <= maxBytes) return
      broken = true
      rest = ''
      data = []
      onOverflow()
    },
  }
}
