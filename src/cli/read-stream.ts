/** Byte streams cut into lines and into server-sent events; a line, or an event, may be at most 16 MiB. */
const MAX_LINE_BYTES = 16 * 1024 * 1024

/** Lines without their end; the last one may lack it. Empty lines are kept out. */
export async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const line of splitLines(body)) if (line !== '') yield line
}

/** `id` is the last one that the stream gave, with this event or before it. */
export type ServerSentEvent = { readonly type: string; readonly data: string; readonly id: string | null }

/** Comments (heartbeats) and other fields are passed over. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  let data: string[] = []
  let size = 0
  let type = 'message'
  let id: string | null = null
  for await (const line of splitLines(body)) {
    if (line === '') {
      if (data.length > 0) yield { type, data: data.join('\n'), id }
      data = []
      size = 0
      type = 'message'
    } else if (line.startsWith('id:')) {
      id = line.slice(3).trim()
    } else if (line.startsWith('data:')) {
      size += line.length
      if (size > MAX_LINE_BYTES) throw new Error('an event of the answer is over 16 MiB')
      data.push(line.slice(line[5] === ' ' ? 6 : 5))
    } else if (line.startsWith('event:')) {
      type = line.slice(6).trim()
    }
  }
}

async function* splitLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop() ?? ''
    if (rest.length > MAX_LINE_BYTES) throw new Error('a line of the answer is over 16 MiB')
    for (const part of parts) yield part.endsWith('\r') ? part.slice(0, -1) : part
  }
  if (rest !== '') yield rest
}
