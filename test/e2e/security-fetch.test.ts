/** Archives that a caller names by URL: where the platform goes for them, and what ends it. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildZip } from '../../src/domain/zip.ts'
import { connectV2 } from './clients.ts'
import { listFiles, startPlatform, type Platform } from './platform.ts'
import { buildServer } from './servers.ts'

const MIB = 1024 * 1024
let platform: Platform
let token = ''
let zip: Uint8Array
/** The operator's own place of archives, and another one on this machine that must never be asked. */
let source: Server
let inner: Server
let innerAsked = 0
let sent = 0
const placeOf = (server: Server) => `127.0.0.1:${(server.address() as AddressInfo).port}`

beforeAll(async () => {
  zip = await buildZip([
    { path: 'server.sh', data: Buffer.from(buildServer()), mode: 0o755 },
    {
      path: 'server_config.json',
      data: Buffer.from(JSON.stringify({ command: ['bash', 'server.sh'] })),
      mode: 0o644,
    },
  ])
  inner = createServer((_, res) => {
    innerAsked += 1
    res.end(zip)
  }).listen(0, '127.0.0.1')
  source = createServer((req, res) => {
    const { pathname } = new URL(req.url ?? '/', 'http://x')
    if (pathname === '/good.zip') res.end(zip)
    else if (pathname === '/moved.zip') res.writeHead(302, { location: '/good.zip' }).end()
    else if (pathname === '/to-inner.zip') res.writeHead(302, { location: `http://${placeOf(inner)}/` }).end()
    else if (pathname === '/to-metadata') {
      res.writeHead(302, { location: 'https://169.254.169.254/latest/meta-data' }).end()
    } else if (pathname === '/declared') res.writeHead(200, { 'content-length': 10 * 1024 * MIB }).end()
    else if (pathname === '/endless') {
      const chunk = Buffer.alloc(64 * 1024)
      const more = () => {
        while (!res.destroyed) {
          sent += chunk.length
          if (!res.write(chunk)) break
        }
        res.once('drain', more)
      }
      more()
    } else if (pathname === '/slow') {
      const timer = setInterval(() => res.write('x'), 200)
      res.on('close', () => clearInterval(timer))
    } else res.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await Promise.all([once(source, 'listening'), once(inner, 'listening')])
  platform = await startPlatform({
    security: { archive_sources: [placeOf(source)], archive_url_timeout: 2, max_upload_size_mb: 8 },
  })
  token = await platform.token('admin')
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  for (const server of [source, inner]) {
    server.closeAllConnections()
    server.close()
  }
})

async function deployFrom(archive_url: string, name = 'fetched') {
  const response = await fetch(`${platform.url}/api/v1/servers?name=${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ archive_url }),
  })
  return { status: response.status, body: (await response.json()) as { code?: string; id?: string } }
}

const leftovers = () => listFiles(platform.dataDir).filter((name) => name.endsWith('.upload'))

describe('archive_url', () => {
  it('deploys what the operator’s own place holds, over REST and over MCP', async () => {
    const accepted = await deployFrom(`http://${placeOf(source)}/moved.zip`)
    expect(accepted.status).toBe(202)
    const operation = await fetch(`${platform.url}/api/v1/operations/${accepted.body.id}?wait=30`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(await operation.json()).toMatchObject({ name: 'fetched', status: 'succeeded' })
    const session = await connectV2(`${platform.url}/mcp`, token, '2026-07-28')
    const archive_url = `http://${placeOf(source)}/good.zip`
    const uploaded = await session.call('upload_mcp_server', { name: 'by-tool', archive_url })
    expect(uploaded.text).toContain('uploaded successfully')
    await session.close()
  })

  it('S-91: neither a URL nor a redirect leads to a place that is not public', async () => {
    const port = (inner.address() as AddressInfo).port
    for (const url of [
      `http://${placeOf(inner)}/`,
      `https://${placeOf(inner)}/`,
      `https://localhost:${port}/`,
      `https://2130706433:${port}/`,
      `https://0x7f.1:${port}/`,
      `https://[::ffff:7f00:1]:${port}/`,
      'https://[::ffff:a9fe:a9fe]/latest/meta-data',
      'https://169.254.169.254/latest/meta-data',
      `http://${placeOf(source)}/to-inner.zip`,
      `http://${placeOf(source)}/to-metadata`,
      'file:///etc/passwd',
      'gopher://example.com/1',
      'javascript:alert(1)',
    ]) {
      const { status, body } = await deployFrom(url, 'stolen')
      expect([url, status, body.code]).toEqual([url, 422, 'fetch_refused'])
    }
    expect(innerAsked).toBe(0)
    expect((await platform.cli(['list'])).stdout).not.toContain('stolen')
  })

  it('S-93: what is too large or too slow is cut at its cap and leaves nothing', async () => {
    const at = (path: string) => deployFrom(`http://${placeOf(source)}/${path}`, 'stolen')
    expect(await at('declared')).toMatchObject({ status: 413, body: { code: 'body_too_large' } })
    expect(await at('endless')).toMatchObject({ status: 413, body: { code: 'body_too_large' } })
    // What was under way in the sockets is not yet what was taken.
    expect(sent).toBeLessThan(32 * MIB)
    expect(await at('slow')).toMatchObject({ status: 502, body: { code: 'fetch_failed' } })
    expect(await at('missing')).toMatchObject({ status: 502, body: { code: 'fetch_failed' } })
    expect(leftovers()).toEqual([])
  })
})
