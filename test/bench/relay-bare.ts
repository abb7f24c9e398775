/** The measure: node:http in front of a stdio server with ids remapped, and not one check. Prints its port. */
import { spawn } from 'node:child_process'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

type Waiting = { readonly id: unknown; readonly res: ServerResponse }

const child = spawn(process.execPath, [join(import.meta.dirname, 'relay-echo.mjs')], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
const waiting = new Map<number, Waiting>()
let counter = 0
let rest = ''
child.stdout.setEncoding('utf8')
child.stdout.on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) {
    const message = JSON.parse(line) as { id: number }
    const { id, res } = waiting.get(message.id) as Waiting
    waiting.delete(message.id)
    const text = JSON.stringify({ ...message, id })
    res.writeHead(200, [
      'Content-Type',
      'application/json',
      'Content-Length',
      String(Buffer.byteLength(text)),
    ])
    res.end(text)
  }
})

/** As the platform's listener sets them. */
const SETTINGS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 300_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5000,
}
const server = createServer(SETTINGS, (req, res) => {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    const message = JSON.parse(Buffer.concat(chunks).toString()) as { id: unknown }
    const id = ++counter
    waiting.set(id, { id: message.id, res })
    child.stdin.write(`${JSON.stringify({ ...message, id })}\n`)
  })
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
