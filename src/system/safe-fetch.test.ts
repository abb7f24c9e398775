import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createSafeFetch, safeFetch, type FetchRules } from './safe-fetch.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const rules = (named: readonly string[] = [], more: Partial<FetchRules> = {}): FetchRules => ({
  named: new Set(named),
  maxBytes: 1000,
  timeoutMs: 5000,
  resolve: () => Promise.reject(new Error('nothing is resolved here')),
  ...more,
})

async function read(url: string, given: FetchRules): Promise<string> {
  const { body } = await safeFetch({ url }, given)
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('safeFetch', () => {
  it.each([
    ['file:///etc/passwd', 'is not https'],
    ['gopher://example.com/', 'is not https'],
    ['javascript:alert(1)', 'is not https'],
    ['data:text/plain,x', 'is not https'],
    ['http://example.com/', 'is not https'],
    ['no url', 'is not a URL'],
    ['https://user:word@example.com/', 'carries a user name or password'],
  ])('refuses %s', async (url, why) => {
    await expect(read(url, rules())).rejects.toMatchObject({
      code: 'fetch_refused',
      message: expect.stringContaining(why) as string,
    })
  })

  it.each([
    ['https://127.0.0.1/', ['127.0.0.1'], 'loopback'],
    ['https://2130706433/', ['127.0.0.1'], 'loopback'],
    ['https://0x7f.1/', ['127.0.0.1'], 'loopback'],
    ['https://[::ffff:a9fe:a9fe]/', ['::ffff:a9fe:a9fe'], 'cloud metadata'],
    ['https://[64:ff9b::a00:1]/', ['64:ff9b::a00:1'], 'NAT64'],
    ['https://inside.example/', ['10.0.0.7'], 'private'],
    ['https://mixed.example/', ['93.184.215.14', '192.168.1.1'], 'private'],
  ])('refuses %s by its address', async (url, addresses, why) => {
    const asked: string[] = []
    const resolve = async (host: string) => {
      asked.push(host)
      return { host, addresses }
    }
    await expect(read(url, rules([], { resolve }))).rejects.toMatchObject({
      code: 'fetch_refused',
      message: expect.stringContaining(why) as string,
    })
    expect(asked).toHaveLength(1)
  })

  it('goes to a place that the operator named, exactly', async () => {
    const place = await serve((_, res) => res.end('hello'))
    const resolve = async (host: string) => ({ host, addresses: ['127.0.0.1'] })
    expect(await read(`http://${place}/`, rules([place], { resolve }))).toBe('hello')
    const port = place.split(':')[1]!
    await expect(read(`http://127.0.0.1:${port}/`, rules(['127.0.0.1:1']))).rejects.toMatchObject({
      code: 'fetch_refused',
    })
    await expect(read(`http://localhost:${port}/`, rules([place], { resolve }))).rejects.toMatchObject({
      code: 'fetch_refused',
    })
  })

  it('dials the address that was judged and asks for the name once', async () => {
    const hosts: (string | undefined)[] = []
    const place = await serve((req, res) => {
      hosts.push(req.headers.host)
      res.end('hello')
    })
    const name = `packages.example:${place.split(':')[1]!}`
    let asked = 0
    const resolve = async (host: string) => {
      asked += 1
      return { host, addresses: ['127.0.0.1'] }
    }
    expect(await read(`http://${name}/`, rules([name], { resolve }))).toBe('hello')
    expect([hosts, asked]).toEqual([[name], 1])
  })

  it('judges each redirect anew, at most three', async () => {
    const resolve = async (host: string) => ({ host, addresses: [host] })
    const target = await serve((_, res) => res.end('secret'))
    const first = await serve((req, res) => {
      const hops = Number(new URL(req.url ?? '', 'http://x').searchParams.get('hops'))
      const location = hops === 0 ? '/end' : hops < 0 ? `http://${target}/` : `/?hops=${hops - 1}`
      if (req.url === '/end') res.end('reached')
      else res.writeHead(302, { location }).end()
    })
    const allowed = rules([first], { resolve })
    expect(await read(`http://${first}/?hops=2`, allowed)).toBe('reached')
    await expect(read(`http://${first}/?hops=3`, allowed)).rejects.toMatchObject({ code: 'fetch_failed' })
    await expect(read(`http://${first}/?hops=-1`, allowed)).rejects.toMatchObject({ code: 'fetch_refused' })
    expect(await read(`http://${first}/?hops=-1`, rules([first, target], { resolve }))).toBe('secret')
  })

  it('sends its headers to the first place only, and follows nothing after a POST', async () => {
    const resolve = async (host: string) => ({ host, addresses: [host] })
    const seen: (string | undefined)[] = []
    const place = await serve((req, res) => {
      seen.push(req.headers.authorization)
      if (req.url === '/') res.writeHead(307, { location: '/next' }).end()
      else res.end('x')
    })
    const headers = { authorization: 'Basic x' }
    await safeFetch({ url: `http://${place}/`, headers }, rules([place], { resolve }))
    const posted = await safeFetch(
      { url: `http://${place}/`, method: 'POST', headers, body: 'a=b' },
      rules([place], { resolve }),
    )
    posted.discard()
    expect([posted.status, seen]).toEqual([307, ['Basic x', undefined, 'Basic x']])
  })

  it('cuts what is too large or too slow', async () => {
    const resolve = async (host: string) => ({ host, addresses: [host] })
    let ended = 0
    const place = await serve((req, res) => {
      res.on('close', () => (ended += 1))
      const more = () => {
        while (!res.destroyed && res.write('x'.repeat(500)));
        res.once('drain', more)
      }
      if (req.url === '/big') more()
      else if (req.url === '/slow') res.write('x')
    })
    const short = rules([place], { resolve, timeoutMs: 300 })
    await expect(read(`http://${place}/big`, rules([place], { resolve }))).rejects.toMatchObject({
      code: 'body_too_large',
    })
    await expect(read(`http://${place}/slow`, short)).rejects.toMatchObject({ code: 'fetch_failed' })
    await expect(read(`http://${place}/silent`, short)).rejects.toMatchObject({ code: 'fetch_failed' })
    await expect.poll(() => ended).toBe(3)
    const hanging = rules([], { timeoutMs: 100, resolve: () => new Promise(() => {}) })
    await expect(read('https://hanging.example/', hanging)).rejects.toMatchObject({ code: 'fetch_failed' })
  })

  it('does not repeat what a URL may hide', async () => {
    const url = 'http://example.com/a?signature=hidden#part'
    const { message } = (await read(url, rules()).catch((error: unknown) => error)) as Error
    expect(message).toBe('"http://example.com/a" is not https.')
  })
})

describe('createSafeFetch', () => {
  it('answers as fetch does', async () => {
    const resolve = async (host: string) => ({ host, addresses: [host] })
    const place = await serve((req, res) => {
      req.setEncoding('utf8').once('data', (text: string) => {
        res.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ text }))
      })
    })
    const response = await createSafeFetch(rules([place], { resolve }))(`http://${place}/`, {
      method: 'POST',
      body: new URLSearchParams({ a: 'b c' }),
    })
    expect([response.status, await response.json()]).toEqual([400, { text: 'a=b+c' }])
  })
})
