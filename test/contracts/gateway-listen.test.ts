/** The listener itself: bounds, dispatch, and what it says when it cannot listen. */
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { problemSchema } from '../../src/api/schema/common.ts'
import { startListener, type Listener } from '../../src/system/listen.ts'

let listener: Listener

beforeEach(async () => {
  listener = await startListener({
    host: '127.0.0.1',
    port: 0,
    handlers: [
      (req, res) => {
        if (req.url !== '/mine') return false
        res.end('handler')
        return true
      },
    ],
    app: async (request) => new Response(`app ${request.method} ${await request.text()}`),
  })
})
afterEach(() => listener.close(0))

/** The status line and body of one raw request. */
function speak(lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(listener.port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  })
}
const HOST = () => `Host: 127.0.0.1:${listener.port}`

describe('dispatch', () => {
  it('gives a path to the handler that takes it, and everything else to the application', async () => {
    expect(await (await fetch(`${listener.url}/mine`)).text()).toBe('handler')
    const posted = await fetch(`${listener.url}/other`, { method: 'POST', body: 'hi' })
    expect(await posted.text()).toBe('app POST hi')
  })

  it('checks Host and Origin on every path, in the shape of every error', async () => {
    const refused = await fetch(`${listener.url}/other`, { headers: { origin: 'https://evil.example' } })
    expect(refused.status).toBe(403)
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    const problem = problemSchema.strict().parse(await refused.json())
    expect(problem).toMatchObject({ code: 'origin_refused', status: 403, instance: '/other' })
    expect(problem.request_id).toBe(refused.headers.get('x-request-id'))
    expect(await speak(['GET /mine HTTP/1.1', 'Host: evil.example'])).toMatch(/^HTTP\/1\.1 421 /)
  })
})

describe('bounds', () => {
  it('headers of more than 16 KB are refused', async () => {
    const answer = await speak(['GET /mine HTTP/1.1', HOST(), `X-Big: ${'x'.repeat(17_000)}`])
    expect(answer).toMatch(/^HTTP\/1\.1 431 /)
  })

  it('a URL of more than 8 KB, TRACE, and targets that are no path are refused', async () => {
    expect(await speak([`GET /${'x'.repeat(9000)} HTTP/1.1`, HOST()])).toMatch(/^HTTP\/1\.1 400 /)
    expect(await speak(['TRACE /mine HTTP/1.1', HOST()])).toMatch(/^HTTP\/1\.1 405 /)
    expect(await speak(['GET http://evil.example/mine HTTP/1.1', HOST()])).toMatch(/^HTTP\/1\.1 400 /)
  })
})

describe('address', () => {
  it('a port in use is said with its number, with who has it and what to do', async () => {
    const again = startListener({
      host: '127.0.0.1',
      port: listener.port,
      handlers: [],
      app: () => new Response(),
    })
    await expect(again).rejects.toMatchObject({
      code: 'address_in_use',
      message: expect.stringMatching(
        new RegExp(`^.+ \\(pid ${process.pid}\\) listens on 127\\.0\\.0\\.1:${listener.port}\\.$`),
      ),
      details: { pid: process.pid },
      hint: 'Stop what listens there, or take another port: HAIVEMIND__DASHBOARD__PORT=8911, or dashboard.port in the configuration.',
    })
  })

  it('an address that this machine does not have is a matter of configuration', async () => {
    const elsewhere = startListener({ host: '203.0.113.1', port: 0, handlers: [], app: () => new Response() })
    await expect(elsewhere).rejects.toMatchObject({ code: 'invalid_platform_config' })
  })
})
