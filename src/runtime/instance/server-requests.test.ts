import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import type { ServerRequest } from '../../domain/server-request.ts'
import { createServerRequests } from './server-requests.ts'

function setUp(keepsEarly = false) {
  const sent: JsonObject[] = []
  const asked = createServerRequests((message) => void sent.push(message), keepsEarly)
  const ask = (id: string | number, method = 'roots/list') => asked.take({ id, method }, id, method)
  return { asked, ask, sent }
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
})
