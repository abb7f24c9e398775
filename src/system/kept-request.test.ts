import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KeptRequest, readChunks } from './kept-request.ts'

/** What the server does with a request; it ends with `answer`. */
let serve: (req: IncomingMessage, res: ServerResponse) => void
let server: ReturnType<typeof createServer>
let socket: Socket
const seen: IncomingMessage[] = []

const answer = (res: ServerResponse, text: string) => {
  res.writeHead(200, ['Content-Length', String(Buffer.byteLength(text))])
  res.end(text)
}
const gather = (req: IncomingMessage, done: (text: string) => void) => {
  let text = ''
  readChunks(req, { onChunk: (chunk) => (text += chunk.toString()), onEnd: () => done(text) })
}

beforeEach(async () => {
  seen.length = 0
  serve = (req, res) => gather(req, (text) => answer(res, `${String(req.headers['x-name'] ?? '')}:${text}.`))
  server = createServer({ IncomingMessage: KeptRequest }, (req, res) => {
    seen.push(req)
    serve(req, res)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
})
afterEach(() => {
  socket.destroy()
  server.closeAllConnections()
  server.close()
})

const request = (name: string, body: string) =>
  `POST / HTTP/1.1\r\nHost: x\r\nX-Name: ${name}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

/** The bodies of so many answers, which each end with a full stop. */
async function read(answers: number): Promise<string[]> {
  let text = ''
  while (text.split('\r\n\r\n').length <= answers || !text.endsWith('.')) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    text += chunk.toString()
  }
  return text.split('\r\n\r\n').flatMap((part) => /^[a-z]*:[^.]*\./.exec(part)?.[0] ?? [])
}

describe('headers', () => {
  it('are sorted once for a connection that repeats them, and anew when one differs', async () => {
    for (const name of ['ann', 'ann', 'bob', 'ann']) {
      socket.write(request(name, 'hi'))
      expect(await read(1)).toEqual([`${name}:hi.`])
    }
    expect(seen.map(({ headers }) => headers['x-name'])).toEqual(['ann', 'ann', 'bob', 'ann'])
    expect(seen[1]?.headers).toBe(seen[0]?.headers)
    expect(seen[3]?.headers).not.toBe(seen[0]?.headers)
  })

  it('are told apart by their names, their number and what comes twice', async () => {
    const names = ['A: 1\r\nB: 2', 'A: 1\r\nC: 2', 'A: 1\r\nB: 2\r\nB: 2', 'A: 1']
    serve = (_req, res) => answer(res, ':.')
    for (const lines of names) {
      socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n`)
      await read(1)
    }
    expect(seen.map(({ headers: { a, b, c } }) => [a, b, c])).toEqual([
      ['1', '2', undefined],
      ['1', undefined, '2'],
      ['1', '2, 2', undefined],
      ['1', undefined, undefined],
    ])
  })

  it('of a request cannot be changed for the next one', async () => {
    socket.write(request('ann', 'hi'))
    await read(1)
    expect(() => Object.assign(seen[0]?.headers ?? {}, { 'x-name': 'bob' })).toThrow(TypeError)
  })
})

describe('a body', () => {
  it('comes in pieces, in chunks, empty, and many on one connection', async () => {
    const cut = request('ann', 'one two')
    socket.write(cut.slice(0, -4))
    await new Promise((resolve) => setImmediate(resolve))
    socket.write(cut.slice(-4))
    expect(await read(1)).toEqual(['ann:one two.'])
    const chunked =
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n'
    socket.write(chunked)
    expect(await read(1)).toEqual([':abc.'])
    socket.write(request('ann', ''))
    expect(await read(1)).toEqual(['ann:.'])
  })

  it('is its own request’s where several are sent at once', async () => {
    socket.write(request('ann', 'one') + request('bob', 'two') + request('cid', 'three'))
    expect(await read(3)).toEqual(['ann:one.', 'bob:two.', 'cid:three.'])
  })

  it('is read as a stream by whoever asks for it later, or knows nothing of this', async () => {
    serve = (req, res) => setImmediate(() => gather(req, (text) => answer(res, `late:${text}.`)))
    socket.write(request('ann', 'one') + request('bob', 'two'))
    expect(await read(2)).toEqual(['late:one.', 'late:two.'])
    serve = (req, res) =>
      void req
        .toArray()
        .then((parts) => answer(res, `stream:${Buffer.concat(parts as Buffer[]).toString()}.`))
    socket.write(request('ann', 'three'))
    expect(await read(1)).toEqual(['stream:three.'])
  })

  it('that nobody reads is in the way of no other', async () => {
    serve = (_req, res) => answer(res, 'unread:.')
    socket.write(request('ann', 'x'.repeat(200_000)) + request('bob', 'y'))
    expect(await read(2)).toEqual(['unread:.', 'unread:.'])
  })

  it('does not end when its client goes away first', async () => {
    const ended: string[] = []
    const begun = new Promise<ServerResponse>((resolve) => {
      serve = (req, res) => {
        gather(req, (text) => ended.push(text))
        resolve(res)
      }
    })
    socket.write(request('ann', 'one two').slice(0, -3))
    const res = await begun
    socket.destroy()
    await once(res, 'close')
    expect(ended).toEqual([])
  })
})
