import { describe, expect, it } from 'vitest'
import { buildIdParts, isAnswer, parseEventId } from './event-id.ts'

const render = (name: Parameters<typeof buildIdParts>[0], sequence: number) => {
  const { head, tail } = buildIdParts(name)
  return `${head}${sequence.toString(36)}${tail}`
}

describe('R107: event ids', () => {
  it('name the start of the daemon, the stream, the event and the request that is answered', () => {
    expect(render({ generation: 37, stream: 4 }, 40)).toBe('11.4.14')
    expect(parseEventId('11.4.14')).toEqual({ generation: 37, stream: 4, sequence: 40 })
    const id = render({ generation: 1, stream: 5, requestId: '7' }, 0)
    expect(id).toBe('1.5.0.Ijci')
    expect(parseEventId(id)).toEqual({ generation: 1, stream: 5, sequence: 0, requestId: '7' })
    expect(parseEventId(render({ generation: 1, stream: 5, requestId: 7 }, 0))?.requestId).toBe(7)
  })

  it('leave out the id of a request that is too long to stand in one', () => {
    expect(render({ generation: 1, stream: 5, requestId: 'x'.repeat(200) }, 2)).toBe('1.5.2')
  })

  it('say whether the stream is an answer', () => {
    expect(isAnswer({ generation: 1, stream: 5 })).toBe(true)
    expect(isAnswer({ generation: 1, stream: 4 })).toBe(false)
  })

  it.each([
    '',
    '1.2',
    '1.2.3.',
    '1.2.-3',
    'A.2.3',
    '1.2.3.!',
    '1.2.3\n',
    '1.2.3.4.5',
    '9'.repeat(10) + '.1.1',
  ])('are not %j', (text) => {
    expect(parseEventId(text)).toBeNull()
  })

  it('hold no request id that is none', () => {
    const encode = (text: string) => Buffer.from(text).toString('base64url')
    for (const text of ['{', 'null', '{"a":1}', '1.5']) {
      expect(parseEventId(`1.5.0.${encode(text)}`)).toEqual({ generation: 1, stream: 5, sequence: 0 })
    }
  })
})
