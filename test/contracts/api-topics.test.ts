/** What of everything one stream carries. */
import { describe, expect, it } from 'vitest'
import { createTestApi } from '../fakes/api.ts'
import { alice } from '../fakes/hosting.ts'

type Test = Awaited<ReturnType<typeof createTestApi>>
const open = (test: Test, topics: string, token?: string) =>
  test.send('GET', `/api/v1/events?topics=${topics}`, {
    headers: { accept: 'text/event-stream' },
    ...(token === undefined ? {} : { token }),
  })
const settle = () => new Promise((resolve) => setImmediate(resolve))

/** Type and data of each message until there are so many. */
async function readMessages(response: Response, count: number) {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.split('\n\n').length > count) break
  }
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => ({
      type: /^event: (.+)$/m.exec(block)?.[1],
      id: /^id: (.+)$/m.exec(block)?.[1],
      data: JSON.parse(/^data: (.+)$/m.exec(block)?.[1] ?? 'null') as Record<string, unknown>,
    }))
}

describe('?topics=', () => {
  it('carries the wanted events alone, in the list as in the stream', async () => {
    const test = await createTestApi()
    const response = await open(test, 'client,deploy')
    await test.deploy('weather', './run.sh')
    const list = await test.send('GET', '/api/v1/events?topics=deploy&limit=1000')
    const { items } = (await list.json()) as { items: { type: string }[] }
    expect(new Set(items.map(({ type }) => type))).toEqual(new Set(['deploy.stage', 'deploy.ended']))
    const seen = await readMessages(response, items.length)
    expect(seen.map(({ type }) => type)).toEqual(items.map(({ type }) => type))
    expect(seen.every(({ id }) => id !== undefined)).toBe(true)
  })

  it('gathers log lines for up to 100 ms, after those that were asked for', async () => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    const { id } = (await test.hosting.get('weather')).server
    for (const text of ['one', 'two', 'three']) test.logs.add(id, text)
    const response = await open(test, 'log:weather@1')
    await settle()
    test.logs.add(id, 'four')
    test.clock.advance(100)
    test.logs.add(id, 'five')
    test.clock.advance(100)
    const messages = await readMessages(response, 2)
    const texts = messages.map(({ data }) => (data['items'] as { text: string }[]).map(({ text }) => text))
    expect(texts).toEqual([['two', 'three', 'four'], ['five']])
    expect(messages.map(({ type, id: at, data }) => [type, at, data['server']])).toEqual([
      ['log.line', undefined, 'weather'],
      ['log.line', undefined, 'weather'],
    ])
    expect(test.audit.noted).toMatchObject([{ action: 'server.log.read', resource: 'server:weather' }])
  })

  it('carries what servers use, each second', async () => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    const response = await open(test, 'metric')
    await settle()
    test.clock.advance(1_000)
    const [sample] = await readMessages(response, 1)
    expect(sample).toMatchObject({ type: 'metric.sample', data: { items: [{ server: 'weather' }] } })
    expect(test.defects).toEqual([])
  })

  it('refuses what is no topic, a log without its scope and one of a server that is not', async () => {
    const test = await createTestApi()
    const { text } = await test.access.createToken(
      { name: 'reader', grants: ['servers:read'], expiresInDays: 1 },
      alice,
    )
    await test.deploy('weather', './run.sh')
    const statusOf = async (topics: string, token?: string) => (await open(test, topics, token)).status
    expect(await statusOf('weather')).toBe(400)
    expect(await statusOf('log:../x')).toBe(400)
    expect(await statusOf('log:absent')).toBe(404)
    expect(await statusOf('log:weather', text)).toBe(403)
    expect(await statusOf('server', text)).toBe(200)
    test.closing.abort()
  })
})
