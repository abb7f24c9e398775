import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { cutWhenStalled } from './stalled-reader.ts'

const BYTES = 20 * 1024 * 1024
let server: Server
let closed: Promise<unknown>

beforeEach(async () => {
  closed = new Promise((resolve) => {
    server = createServer((_, res) => {
      res.once('close', () => resolve(res.writableFinished))
      cutWhenStalled(res, BYTES, 300)
      res.end(Buffer.alloc(BYTES, 'x'))
    }).listen(0, '127.0.0.1')
  })
  await once(server, 'listening')
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

function ask() {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  return socket
}

it('an answer that nobody reads is cut', async () => {
  const socket = ask().pause()
  expect(await closed).toBe(false)
  socket.destroy()
})

it('an answer that is read slowly is not', async () => {
  const socket = ask()
  let got = 0
  socket.on('data', (chunk: Buffer) => {
    got += chunk.length
    socket.pause()
    setTimeout(() => socket.resume(), 3)
  })
  expect(await closed).toBe(true)
  await expect.poll(() => got, { timeout: 10_000 }).toBeGreaterThan(BYTES)
  socket.destroy()
}, 20_000)
