import { expect, it } from 'vitest'
import { createFakeClock } from '../../../test/fakes/clock.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { Ending, Endpoint } from './endpoint.ts'
import { createRetry } from './retry.ts'
import { createSession } from './session.ts'

const turns = async () => {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

it('opens no other session where an endpoint says 404 for the stream that it does not have', async () => {
  const sent: string[] = []
  const ended: Ending = { kind: 'ended', headers: { 'mcp-session-id': 's' }, eventId: null }
  const endpoint: Endpoint = {
    url: new URL('http://127.0.0.1/mcp'),
    async post(message) {
      sent.push(JSON.stringify(message['method']))
      return ended
    },
    async listen() {
      sent.push('GET')
      return { kind: 'refused', status: 404, error: { code: 404, message: 'Not Found' } }
    },
    async endSession() {},
  }
  const over = new AbortController()
  const note = () => {}
  const retry = createRetry(createFakeClock(), over.signal, note)
  const session = createSession({ endpoint, retry, write: async () => {}, note, over: over.signal })
  const initialize: JsonObject = { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }
  await session.send(initialize, async () => {}, over.signal)
  await session.notify({ jsonrpc: '2.0', method: 'notifications/initialized' })
  await turns()
  expect(sent).toEqual(['"initialize"', '"notifications/initialized"', 'GET'])
  over.abort()
})
