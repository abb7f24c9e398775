import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Message } from '../message.ts'
import { buildHttpBody } from './http-body.ts'

const message: Message = {
  id: 'msg_1',
  title: 'weather: trouble',
  text: 'It said <!channel> & *more*.',
  urgency: 'now',
  at: Date.UTC(2026, 0, 1),
  link: 'http://127.0.0.1:8910/servers/weather',
  notices: [
    {
      topic: 'incident',
      urgency: 'now',
      server: 'weather',
      title: 'weather: trouble',
      text: 'x',
      at: Date.UTC(2026, 0, 1),
      step: 'opens',
    },
  ],
}

it('signs webhooks as the Standard Webhooks do', () => {
  // The example of their specification (spec/standard-webhooks.md, "Verifying signatures"), as key and form.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const sent = buildHttpBody(
    { kind: 'webhook', url: 'https://a.example/x', secret },
    message,
    1_674_087_231_999,
  )
  expect(sent.headers).toMatchObject({ 'webhook-id': 'msg_1', 'webhook-timestamp': '1674087231' })
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
  const expected = createHmac('sha256', key).update(`msg_1.1674087231.${sent.body}`).digest('base64')
  expect(sent.headers['webhook-signature']).toBe(`v1,${expected}`)
  expect(JSON.parse(sent.body)).toMatchObject({
    type: 'notification',
    timestamp: '2026-01-01T00:00:00.000Z',
    data: { title: 'weather: trouble', urgency: 'now', notices: [{ topic: 'incident', step: 'opens' }] },
  })
})

it('escapes for Slack what would call people or format', () => {
  const { body } = buildHttpBody({ kind: 'slack', url: 'https://hooks.example/T/B/X' }, message, 0)
  expect(JSON.parse(body)).toEqual({
    text: 'weather: trouble\nIt said &lt;!channel&gt; &amp; *more*.\nhttp://127.0.0.1:8910/servers/weather',
    mrkdwn: false,
    unfurl_links: false,
  })
})

it('publishes to ntfy as JSON, with the token where there is one', () => {
  const target = { kind: 'ntfy', url: 'https://ntfy.example', topic: 'ops', token: 'tk_1' } as const
  const { body, headers } = buildHttpBody(target, message, 0)
  expect(headers['authorization']).toBe('Bearer tk_1')
  expect(JSON.parse(body)).toMatchObject({ topic: 'ops', priority: 5, title: 'weather: trouble' })
  expect(buildHttpBody({ ...target, token: null }, message, 0).headers['authorization']).toBeUndefined()
})
