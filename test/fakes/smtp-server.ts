/** A mail server of a few lines, for tests: takes one mail after another, or refuses as it was told. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'

export type Mail = { readonly from: string; readonly to: readonly string[]; readonly data: string }

export async function startSmtpServer(
  options: {
    /** From the first byte, or after STARTTLS. */
    readonly tls?: { readonly key: string; readonly cert: string; readonly how: 'at once' | 'starttls' }
    readonly login?: { readonly user: string; readonly password: string }
    /** Says this to the first command that begins so. */
    readonly says?: Readonly<Record<string, string>>
    /** Says nothing at all. */
    readonly isMute?: boolean
  } = {},
) {
  const mails: Mail[] = []
  const commands: string[] = []
  const sockets = new Set<Socket>()
  const { tls } = options
  const talk = (socket: Socket, isSecure: boolean, greets = true) => {
    let from = ''
    let to: string[] = []
    let data: string[] | null = null
    let rest = ''
    const say = (line: string) => void socket.write(`${line}\r\n`)
    const answer = (line: string) => {
      commands.push(line)
      const told = Object.entries(options.says ?? {}).find(([word]) => line.startsWith(word))?.[1]
      if (told !== undefined) return say(told)
      if (line.startsWith('EHLO')) {
        if (tls?.how === 'starttls' && !isSecure) say('250-STARTTLS')
        return say(options.login === undefined ? '250 OK' : '250 AUTH PLAIN')
      }
      if (line === 'STARTTLS' && tls !== undefined) {
        say('220 go on')
        socket.removeAllListeners('data')
        const secure = new TLSSocket(socket, { isServer: true, key: tls.key, cert: tls.cert })
        secure.on('error', () => {})
        return talk(secure, true, false)
      }
      if (line.startsWith('AUTH PLAIN ')) {
        const [, user, password] = Buffer.from(line.slice(11), 'base64').toString().split('\0')
        const isKnown = user === options.login?.user && password === options.login?.password
        return say(isKnown ? '235 welcome' : '535 5.7.8 no such user')
      }
      if (line.startsWith('MAIL FROM:')) from = line.slice(10)
      if (line.startsWith('RCPT TO:')) to.push(line.slice(8))
      if (line === 'DATA') {
        data = []
        return say('354 go on')
      }
      return say(line === 'QUIT' ? '221 bye' : '250 OK')
    }
    socket.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('latin1')).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (data === null) answer(line)
        else if (line !== '.') data.push(line)
        else {
          mails.push({ from, to, data: data.join('\n') })
          data = null
          to = []
          say('250 taken')
        }
      }
    })
    socket.on('error', () => {})
    if (greets && options.isMute !== true) say('220 mail.example ready')
  }
  const server =
    tls?.how === 'at once'
      ? createTlsServer({ key: tls.key, cert: tls.cert }, (socket) => talk(socket, true))
      : createServer((socket) => talk(socket, false))
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    mails,
    commands,
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
