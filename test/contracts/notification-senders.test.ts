/** Messages over real sockets: what arrives, and what is told where it does not. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import type { ChannelTarget } from '../../src/domain/notification.ts'
import type { Message } from '../../src/notify/message.ts'
import { sendMessage, type SendRules } from '../../src/notify/send/send-message.ts'
import { startSmtpServer } from '../fakes/smtp-server.ts'

const message: Message = {
  id: 'msg_1',
  title: 'weather: trouble',
  text: 'It ends – again.',
  urgency: 'now',
  at: 0,
  link: 'http://127.0.0.1:8910/servers/weather',
  notices: [],
}
const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1')
  open.push(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
const rules = (named: readonly string[], more: Partial<SendRules> = {}): SendRules => ({
  named: new Set(named),
  timeoutMs: 3000,
  resolve: async (host) => ({ host, addresses: ['127.0.0.1'] }),
  ...more,
})
const send = (target: ChannelTarget, given: SendRules, signal = new AbortController().signal) =>
  sendMessage(target, message, given, 1_700_000_000_000, signal)
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

describe('a webhook', () => {
  it('arrives once, and its signature holds', async () => {
    const seen: { headers: IncomingHttpHeaders; body: string }[] = []
    const place = await serve((request, response) => {
      void text(request).then((body) => {
        seen.push({ headers: request.headers, body })
        response.end('ok')
      })
    })
    const url = `http://${place}/hook?key=opensesame`
    expect(await send({ kind: 'webhook', url, secret }, rules([place]))).toEqual({ isSent: true })
    expect(seen).toHaveLength(1)
    const { headers, body } = seen[0]!
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
    const expected = createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${expected}`)
  })

  it.each([
    [500, {}, false, null],
    [429, { 'retry-after': '90' }, false, 90_000],
    [404, {}, true, null],
    [410, {}, true, null],
    // A POST is not sent on: its body is for this place alone.
    [307, { location: 'https://elsewhere.example/' }, true, null],
  ])('that answers %d is told so', async (status, headers, isFinal, waitMs) => {
    const place = await serve((_, response) => response.writeHead(status, headers).end('secret words'))
    const outcome = await send({ kind: 'slack', url: `http://${place}/opensesame` }, rules([place]))
    expect(outcome).toEqual({ isSent: false, error: `It answered ${status}.`, isFinal, waitMs })
  })

  it('goes nowhere private, without TLS or by another scheme, unless the operator named the place', async () => {
    let asked = 0
    const place = await serve((_, response) => {
      asked++
      response.end()
    })
    for (const url of [
      `http://${place}/x`,
      'https://127.0.0.1/x',
      'https://[::1]/x',
      'ftp://example.com/x',
    ]) {
      expect(await send({ kind: 'webhook', url, secret }, rules([]))).toMatchObject({
        isSent: false,
        isFinal: true,
      })
    }
    const resolve = async () => ({ host: 'inside.example', addresses: ['169.254.169.254'] })
    const inside = { kind: 'slack', url: 'https://inside.example/opensesame-token' } as const
    const outcome = await send(inside, rules([], { resolve }))
    expect(outcome).toMatchObject({ isFinal: true })
    expect(JSON.stringify(outcome)).not.toContain('opensesame')
    expect(asked).toBe(0)
  })

  it('that never answers ends in time, and when the platform stops', async () => {
    const place = await serve(() => {})
    const url = `http://${place}/x`
    expect(await send({ kind: 'slack', url }, rules([place], { timeoutMs: 200 }))).toMatchObject({
      isSent: false,
      isFinal: false,
    })
    const stop = new AbortController()
    const pending = send({ kind: 'slack', url }, rules([place], { timeoutMs: 60_000 }), stop.signal)
    stop.abort()
    expect(await pending).toMatchObject({ isSent: false, isFinal: false })
    const nobody = { kind: 'slack', url: 'http://127.0.0.1:1/opensesame-token' } as const
    const outcome = await send(nobody, rules(['127.0.0.1:1']))
    expect(outcome).toMatchObject({ isSent: false, isFinal: false })
    expect(JSON.stringify(outcome)).not.toContain('opensesame')
  })
})

describe('mail', () => {
  const tls = join(import.meta.dirname, '../fixtures/tls')
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(tls, name), 'utf8')) as [
    string,
    string,
  ]
  const login = { user: 'ops', password: 'PASSWORD-1' }
  const start = async (options: Parameters<typeof startSmtpServer>[0]) => {
    const server = await startSmtpServer(options)
    open.push(() => server.close())
    return server
  }
  const mail = (port: number, security: 'tls' | 'starttls' | 'none', more: object = {}): ChannelTarget => ({
    kind: 'mail',
    host: 'good.example',
    port,
    security,
    user: null,
    password: null,
    from: 'hive@here.example',
    to: ['ada@there.example', 'bob@there.example'],
    ...more,
  })

  it.each(['at once', 'starttls'] as const)('arrives over TLS, %s, with a login', async (how) => {
    const server = await start({ tls: { key, cert, how }, login })
    const target = mail(server.port, how === 'starttls' ? 'starttls' : 'tls', login)
    expect(await send(target, rules([`good.example:${server.port}`], { ca: cert }))).toEqual({ isSent: true })
    const [got] = server.mails
    expect(got?.to).toEqual(['<ada@there.example>', '<bob@there.example>'])
    expect(got?.data).toMatch(/^Subject: \[hAIveMind\] weather: trouble$/m)
    expect(got?.data).toMatch(/^Auto-Submitted: auto-generated$/m)
    expect(got?.data).toMatch(/^Message-ID: <msg_1@haivemind>$/m)
    expect(got?.data).toContain('http://127.0.0.1:8910/servers/weather')
  })

  it('does not go where the certificate is not trusted, or TLS is refused', async () => {
    const stranger = await start({ tls: { key, cert, how: 'at once' } })
    expect(await send(mail(stranger.port, 'tls'), rules([`good.example:${stranger.port}`]))).toMatchObject({
      isSent: false,
    })
    const plain = await start({})
    expect(await send(mail(plain.port, 'starttls'), rules([`good.example:${plain.port}`]))).toMatchObject({
      isSent: false,
    })
    expect([...stranger.mails, ...plain.mails]).toEqual([])
  })

  it('goes without TLS only where the operator named the place, and nowhere private else', async () => {
    const server = await start({})
    expect(await send(mail(server.port, 'none'), rules([]))).toMatchObject({ isFinal: true })
    expect(await send(mail(server.port, 'tls'), rules([]))).toMatchObject({ isFinal: true })
    expect(server.commands).toEqual([])
    expect(await send(mail(server.port, 'none'), rules([`good.example:${server.port}`]))).toEqual({
      isSent: true,
    })
  })

  it('that is refused is told by the number alone, and one that may be taken later is tried again', async () => {
    const echo = '550 5.1.1 PASSWORD-1 is no password, <script>'
    for (const [says, isFinal] of [
      [{ 'RCPT TO': echo }, true],
      [{ 'MAIL FROM': '451 4.3.0 later' }, false],
      [{ AUTH: '535 5.7.8 PASSWORD-1' }, true],
    ] as const) {
      const server = await start({ tls: { key, cert, how: 'at once' }, login, says })
      const outcome = await send(
        mail(server.port, 'tls', login),
        rules([`good.example:${server.port}`], { ca: cert }),
      )
      expect(outcome).toMatchObject({ isSent: false, isFinal })
      expect(JSON.stringify(outcome)).not.toMatch(/PASSWORD|script/)
    }
  })

  it('at a server that says nothing ends in time', async () => {
    const server = await start({ isMute: true })
    const given = rules([`good.example:${server.port}`], { timeoutMs: 300 })
    expect(await send(mail(server.port, 'none'), given)).toMatchObject({ isSent: false, isFinal: false })
  })
})
