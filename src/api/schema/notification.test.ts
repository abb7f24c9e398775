import { expect, it } from 'vitest'
import { channelRequestSchema } from './notification.ts'

it.each(['', 'no url', 'http://', 'file:///etc/passwd', 'https://user:word@a.example/x'])(
  'refuses %j as an address, and throws nothing',
  (url) => {
    const parsed = channelRequestSchema.safeParse({ name: 'pager', target: { kind: 'webhook', url } })
    expect(parsed.error?.issues.map(({ path }) => path.join('.'))).toEqual(['target.url'])
  },
)

it('takes an address of a webhook', () => {
  const target = { kind: 'webhook', url: 'https://a.example/x' }
  expect(channelRequestSchema.safeParse({ name: 'pager', target }).success).toBe(true)
})
