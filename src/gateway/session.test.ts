import { expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import type { ServerId } from '../domain/id.ts'
import { createOutbox } from './session.ts'
import type { EventStream } from './streams.ts'

function createStream() {
  const sent: JsonObject[] = []
  const stream: EventStream = {
    owner: { principalId: 'token:a', serverId: 'srv_a' as ServerId },
    isOpen: true,
    send: (message) => void sent.push(message),
    end: () => {},
    endsWith: () => {},
    onClosed: () => {},
  }
  return { sent, stream }
}

it('R110: what waits for a stream is bounded in size, the oldest going first and the newest staying', () => {
  const outbox = createOutbox()
  const pad = 'x'.repeat(400_000)
  for (let at = 0; at < 100; at++) outbox.deliver('notifications/resources/updated', { uri: `a:/${at}`, pad })
  const first = createStream()
  outbox.attach(first.stream)
  expect(first.sent.map(({ params }) => (params as JsonObject)['uri'])).toEqual(['a:/98', 'a:/99'])
  const other = createOutbox()
  other.send({ method: 'a' })
  other.send({ method: 'b', pad: 'x'.repeat(3_000_000) })
  other.send({ method: 'c' })
  const second = createStream()
  other.attach(second.stream)
  expect(second.sent.map(({ method }) => method)).toEqual(['c'])
})
