import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeJsonHead } from './kept-head.ts'

const LINES = ['Content-Type', 'application/json', 'Content-Length']
let server: ReturnType<typeof createServer>
let write: (res: ServerResponse, length: number) => void

beforeEach(async () => {
  server = createServer((req, res) => {
    const body = JSON.stringify({ url: req.url })
    if (req.url === '/set') res.setHeader('X-Own', 'yes')
    write(res, body.length)
    res.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => server.close())

/** Everything that comes for these requests on one connection, but for the time of day. */
async function ask(requests: readonly string[]): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.end(requests.join(''))
  await once(socket, 'close')
  return text.replaceAll(/Date: [^\r]+/g, 'Date: now')
}

const post = (path: string, extra = '') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n${extra}\r\n`

it('says what node:http says, whatever was answered before', async () => {
  const requests = [
    post('/a'),
    post('/longer'),
    post('/set'),
    post('/b'),
    'HEAD /c HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /d HTTP/1.1\r\nHost: x\r\n\r\n',
    post('/e'),
    post('/f', 'Connection: close\r\n'),
  ]
  write = (res, length) => res.writeHead(200, [...LINES, String(length)])
  const expected = await ask(requests)
  expect(expected.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(8)
  expect(expected).toContain('X-Own: yes')
  write = writeJsonHead
  expect(await ask(requests)).toBe(expected)
  expect(await ask(requests)).toBe(expected)
  expect(await ask(['POST /old HTTP/1.0\r\n\r\n'])).toContain('Connection: close')
})

it('keeps it for the second that it names', async () => {
  const heads: string[] = []
  for (const [now, sendDate] of [
    [5000, false],
    [5999, true],
    [6000, true],
    [6001, true],
  ] as const) {
    write = (res, length) => {
      res.sendDate = sendDate
      writeJsonHead(res, length, now)
    }
    heads.push(await ask([post('/a')]))
  }
  expect(heads.map((head) => head.includes('Date: now'))).toEqual([false, false, true, true])
})
