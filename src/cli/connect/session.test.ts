import { expect, it } from 'vitest'
import { createMovableClock } from '../../../test/fakes/clock.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { Ending, Endpoint } from './endpoint.ts'
import { createRetry } from './retry.ts'
import { createSession } from './session.ts'

const turns = async () => {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

const ENDED: Ending = { kind: 'ended', headers: { 'mcp-session-id': 's' }, eventId: null }
const GONE: Ending = { kind: 'refused', status: 404, error: { code: 404, message: 'Not Found' } }

/** What a client's first two messages make of an endpoint whose stream answers so, within an hour. */
async function run(answers: () => Ending): Promise<string[]> {
  const sent: string[] = []
  const endpoint: Endpoint = {
    url: new URL('http://127.0.0.1/mcp'),
    async post(message) {
      sent.push(JSON.stringify(message['method']))
      return ENDED
    },
    async listen() {
      sent.push('GET')
      return answers()
    },
    async endSession() {},
  }
  const over = new AbortController()
  const note = () => {}
  const clock = createMovableClock()
  const retry = createRetry(clock, over.signal, note)
  const session = createSession({ endpoint, retry, write: async () => {}, note, over: over.signal })
  const initialize: JsonObject = { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }
  await session.send(initialize, async () => {}, over.signal)
  await session.notify({ jsonrpc: '2.0', method: 'notifications/initialized' })
  await turns()
  await clock.advance(20_000)
  over.abort()
  return sent
}

it('opens no other session where an endpoint says 404 for the stream that it does not have', async () => {
  expect(await run(() => GONE)).toEqual(['"initialize"', '"notifications/initialized"', 'GET'])
})

it('opens no session after the other for a stream that comes and goes', async () => {
  let count = 0
  const sent = await run(() => (++count % 2 === 1 ? ENDED : GONE))
  expect(sent.filter((each) => each === '"initialize"')).toHaveLength(4)
})
