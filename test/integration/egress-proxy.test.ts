/** The allow-list proxy against requests that its clients would not send, over its own listener. */
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EgressProxy } from '../../src/runtime/egress/serve-proxy.ts'
import type { EgressEntry } from '../../src/runtime/ports.ts'
import { openTestEgress } from '../fakes/egress.ts'

let origin: Server
let listener: Server
let proxy: EgressProxy
const entries: EgressEntry[] = []

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

let port: number
let proxyPort: number
beforeAll(async () => {
  origin = createHttpServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += String(chunk)))
    request.on('end', () =>
      response.end(JSON.stringify({ headers: request.headers, url: request.url, body })),
    )
  })
  port = await listen(origin)
  listener = createServer()
  proxyPort = await listen(listener)
  const places = [{ host: 'localhost', port }]
  proxy = openTestEgress().serveJob(listener, places, (entry) => void entries.push(entry))
})
afterAll(() => {
  proxy.close()
  origin.close()
})

/** Sends the bytes, then nothing more (`half`: says so), and reads to the end. */
async function raw(text: string, half = false): Promise<string> {
  const socket = connect(proxyPort, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => (answer += String(chunk)))
  socket.on('error', () => undefined)
  socket.write(text)
  if (half) socket.end()
  await new Promise((resolve) => socket.once('close', resolve))
  return answer
}

const statusOf = async (text: string) => /^HTTP\/1\.1 (\d+)/.exec(await raw(text))?.[1] ?? 'closed'

describe('the egress proxy', () => {
  it('passes an allowed request on, body and all, without the headers of this hop', async () => {
    const answer = await raw(
      `POST http://LOCALHOST:${port}/x?y HTTP/1.1\r\nHost: evil.test\r\nProxy-Authorization: Basic x\r\n` +
        'Content-Length: 4\r\nX-Kept: yes\r\nConnection: close\r\n\r\nbody',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 200/)
    const seen = JSON.parse(/\{.*\}/.exec(answer)?.[0] ?? '{}')
    expect(seen).toMatchObject({
      url: '/x?y',
      body: 'body',
      headers: { 'x-kept': 'yes', host: `localhost:${port}` },
    })
    expect(seen.headers['proxy-authorization']).toBeUndefined()
  })

  it('tunnels to an allowed place, and counts what went through', async () => {
    const inner = 'GET /in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
    const answer = await raw(`CONNECT localhost:${port} HTTP/1.1\r\nHost: localhost\r\n\r\n${inner}`, true)
    expect(answer).toContain('200 Connection Established')
    expect(answer).toContain('"url":"/in"')
    expect(entries.some(({ kind, host }) => kind === 'moved' && host === 'localhost')).toBe(true)
  })

  it('refuses every other place, and every spelling that only resembles an allowed one (SB-46, 47, 50)', async () => {
    const connectTo = (authority: string) => statusOf(`CONNECT ${authority} HTTP/1.1\r\nHost: x\r\n\r\n`)
    const places = [
      `127.0.0.1:${port}`,
      `localhost.evil.test:${port}`,
      'localhost:22',
      `2130706433:${port}`,
      `0x7f000001:${port}`,
    ]
    for (const place of places) expect(await connectTo(place), place).toBe('403')
    for (const odd of [`[::1]:${port}`, `u@localhost:${port}`, 'localhost', `localhost:${port}#x`]) {
      expect(await connectTo(odd), odd).toBe('400')
    }
    const get = (target: string) => statusOf(`GET ${target} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)
    expect(await get(`http://127.0.0.1:${port}/`)).toBe('403')
    expect(await get('http://example.test/')).toBe('403')
    expect(await get('/relative')).toBe('400')
    expect(await get(`https://localhost:${port}/`)).toBe('400')
    expect(await get(`http://u:p@localhost:${port}/`)).toBe('400')
    expect(await statusOf('garbage\r\n\r\n')).toBe('400')
  })

  it('says when an allowed place does not answer', async () => {
    const nobody = createServer()
    const closed = await listen(nobody)
    nobody.close()
    const other = createServer()
    const otherPort = await listen(other)
    const second = openTestEgress().serveJob(other, [{ host: 'localhost', port: closed }], () => {})
    const socket = connect(otherPort, '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk) => (answer += String(chunk)))
    socket.write(`CONNECT localhost:${closed} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await new Promise((resolve) => socket.once('close', resolve))
    expect(answer).toContain('502 Bad Gateway')
    expect(answer).toContain('ECONNREFUSED')
    second.close()
  })
})
