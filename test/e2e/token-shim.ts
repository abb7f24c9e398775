/**
 * A loopback door in front of an endpoint for clients that can send no token: adds it and passes everything else on as
 * it comes, disconnects included. A Host or an Origin that names this door becomes the endpoint's own, as behind any
 * reverse proxy; a foreign one stays foreign.
 */
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'

export type TokenShim = {
  readonly url: string
  close(): Promise<void>
}

export async function openTokenShim(endpoint: string, token: string): Promise<TokenShim> {
  const target = new URL(endpoint)
  const names = new Set<string>()
  const server = createServer((req, res) => {
    const { host = '', origin, ...headers } = req.headers
    const isOwn = origin !== undefined && names.has(origin.replace('http://', ''))
    const upstream = request(target, {
      method: req.method,
      headers: {
        ...headers,
        ...(origin === undefined ? {} : { origin: isOwn ? target.origin : origin }),
        host: names.has(host) ? target.host : host,
        authorization: `Bearer ${token}`,
      },
    })
    upstream.on('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      res.flushHeaders()
      pipeline(answer, res, () => undefined)
    })
    // What became of the other side is what this side sees.
    upstream.on('error', () => res.destroy())
    res.on('close', () => upstream.destroy())
    pipeline(req, upstream, () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  for (const name of ['localhost', '127.0.0.1', '[::1]']) names.add(`${name}:${port}`)
  return {
    url: `http://localhost:${port}${target.pathname}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
