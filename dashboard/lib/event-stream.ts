/** Server-sent events from the body of an answer: lines may be cut anywhere between two chunks. */
export type StreamEvent = { readonly id: string | null; readonly type: string; readonly data: string }

export function createEventParser(onEvent: (event: StreamEvent) => void): (chunk: string) => void {
  let rest = ''
  let id: string | null = null
  let type = ''
  let data: string[] = []
  const take = (line: string) => {
    if (line === '') {
      if (data.length > 0) onEvent({ id, type: type === '' ? 'message' : type, data: data.join('\n') })
      type = ''
      data = []
      return
    }
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'id') id = value
    else if (field === 'event') type = value
    else if (field === 'data') data.push(value)
  }
  return (chunk) => {
    const lines = `${rest}${chunk}`.split(/\r\n|\n/)
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  }
}
