/** A stream of server-sent events (WHATWG HTML, "Server-sent events") to events, bounded. */

export type SseEvent = { readonly data: string; readonly id: string | null; readonly event: string }

export type SseHandlers = {
  readonly onEvent: (event: SseEvent) => void
  /** Called once: one event is larger than a message may be. Nothing is taken any more. */
  readonly onOverflow: () => void
}

/** What a line of data costs beside its characters: without it, empty ones could be kept without end. */
const LINE_COST = 16

export type SseReader = { push(chunk: Buffer): void }

export function createSseReader({ onEvent, onOverflow }: SseHandlers, maxBytes: number): SseReader {
  const decoder = new TextDecoder()
  /** The unfinished line, looked at once its end is there: a server may send it byte by byte. */
  let pieces: string[] = []
  let held = 0
  /** The last line ended with a CR; a LF right behind it is of the same ending. */
  let afterCr = false
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
      size += value.length + LINE_COST
      data.push(value)
    } else if (field === 'event') event = value
    else if (field === 'id' && !value.includes('\0')) id = value
  }

  return {
    push(chunk) {
      if (broken) return
      const decoded = decoder.decode(chunk, { stream: true })
      if (decoded === '') return
      const text = afterCr && decoded.startsWith('\n') ? decoded.slice(1) : decoded
      afterCr = decoded.endsWith('\r')
      let start = 0
      for (const { 0: mark, index } of text.matchAll(/\r\n|\r|\n/g)) {
        pieces.push(text.slice(start, index))
        take(pieces.join(''))
        pieces = []
        held = 0
        start = index + mark.length
        if (size > maxBytes) break
      }
      if (start < text.length) pieces.push(text.slice(start))
      held += text.length - start
      if (size + held <= maxBytes) return
      broken = true
      pieces = []
      data = []
      onOverflow()
    },
  }
}
