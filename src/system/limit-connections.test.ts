import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { countConnections, limitConnections } from './limit-connections.ts'

it('keeps descriptors for the platform', () => {
  expect([64, 256, 1024, 1_048_576].map(countConnections)).toEqual([16, 128, 896, 943_718])
})

it('tells who is too many, serves the others, and serves again when one has gone', async () => {
  const server = createServer((_request, response) => void response.end('served'))
  limitConnections(server, 1)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = async (socket: Socket) => {
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    await once(socket, 'close')
    return text
  }
  const first = connect(port, '127.0.0.1')
  await once(first, 'connect')
  const second = connect(port, '127.0.0.1').on('error', () => undefined)
  expect(await ask(second)).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: 1\r\n/)
  expect(await ask(first)).toMatch(/^HTTP\/1\.1 200 [^]*served/)
  expect(await ask(connect(port, '127.0.0.1'))).toMatch(/^HTTP\/1\.1 200 /)
  server.close()
})
