import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../domain/json.ts'
import type { ServerRequest } from '../../domain/server-request.ts'
import { createServerRequests } from './server-requests.ts'

function setUp(keepsEarly = false) {
  const sent: JsonObject[] = []
  const owed: unknown[] = []
  const asked = createServerRequests((message, isOwed) => {
    sent.push(message)
    if (isOwed) owed.push(message['id'])
  }, keepsEarly)
  const ask = (id: Json, method = 'roots/list', size = 50) => asked.take({ id, method }, id, method, size)
  return { asked, ask, sent, owed }
}
const REFUSED = { error: { code: -32601 } }

describe('what a server asks', () => {
  it('is answered once, and what nobody takes is refused', () => {
    const { asked, ask, sent } = setUp()
    const taken: ServerRequest[] = []
    asked.on((push) => push.id !== 'no' && taken.push(push) > 0)
    ask('no')
    ask('yes')
    taken[0]?.respond({ roots: [] })
    taken[0]?.refuse({ code: 1, message: 'late' })
    expect(sent).toMatchObject([
      { id: 'no', ...REFUSED },
      { id: 'yes', result: { roots: [] } },
    ])
  })

  it('is refused while nobody listens, but for a process that is one caller’s: there it waits for that one', () => {
    const plain = setUp()
    plain.ask(1)
    expect(plain.sent).toMatchObject([{ id: 1, ...REFUSED }])
    const own = setUp(true)
    for (let id = 0; id < 18; id++) own.ask(id)
    own.ask('p', 'ping')
    expect(own.sent).toMatchObject([
      { id: 16, ...REFUSED },
      { id: 17, ...REFUSED },
      { id: 'p', result: {} },
    ])
    const ids: unknown[] = []
    const stop = own.asked.on(({ id }) => ids.push(id) > 0)
    expect(ids).toEqual(Array.from({ length: 16 }, (_, id) => id))
    stop()
    own.ask(99)
    expect(own.sent.at(-1)).toMatchObject({ id: 99, ...REFUSED })
  })

  it('is not answered any more once the server took it back, or is gone', () => {
    const { asked, ask, sent } = setUp()
    const told: string[] = []
    const taken: ServerRequest[] = []
    asked.on((push) => {
      push.onCancelled((reason) => told.push(reason))
      return taken.push(push) > 0
    })
    ask('a')
    ask('b')
    expect(asked.cancel({ requestId: 'a', reason: 'not needed' })).toBe(true)
    expect(asked.cancel({ requestId: 'unknown' })).toBe(false)
    asked.close()
    for (const push of taken) push.respond({})
    expect(told).toEqual(['not needed', 'the server ended'])
    expect(sent).toEqual([])
  })

  it('cannot pile up without end, nor take the id of an open question', () => {
    const { asked, ask, sent } = setUp()
    asked.on(() => true)
    for (let id = 0; id < 257; id++) ask(id)
    expect(sent).toMatchObject([{ id: 256, error: { code: -32603 } }])
    asked.cancel({ requestId: 0 })
    ask(1)
    expect(sent.at(-1)).toMatchObject({ id: 1, error: { code: -32600 } })
  })

  it('is owed an answer only where somebody took it', () => {
    const { asked, ask, owed } = setUp()
    const taken: ServerRequest[] = []
    asked.on((push) => {
      if (push.id === 'refused') push.refuse({ code: 1, message: 'no' })
      return push.id !== 'no' && taken.push(push) > 0
    })
    for (const id of ['no', 'refused', 'yes']) ask(id)
    taken.at(-1)?.respond({})
    expect(owed).toEqual(['yes'])
  })

  it('holds no more than two of the largest messages, whatever they are many of', () => {
    const { asked, ask, sent } = setUp()
    const taken: ServerRequest[] = []
    asked.on((push) => taken.push(push) > 0)
    for (const id of ['a', 'b', 'c']) ask(id, 'roots/list', 4 * 1024 * 1024)
    expect(sent).toMatchObject([{ id: 'c', error: { code: -32603 } }])
    taken[0]?.respond({})
    asked.cancel({ requestId: 'b' })
    for (const id of ['d', 'e']) ask(id, 'roots/list', 4 * 1024 * 1024)
    expect(taken).toHaveLength(4)
  })

  it.each([[null], [true], [{}], [[1]], ['x'.repeat(2000)]])('has an id that can be echoed: not %j', (id) => {
    const { asked, ask, sent } = setUp()
    asked.on(() => true)
    ask(id)
    ask(id, 'ping')
    expect(sent).toMatchObject([
      { id: null, error: { code: -32600 } },
      { id: null, error: { code: -32600 } },
    ])
  })
})
