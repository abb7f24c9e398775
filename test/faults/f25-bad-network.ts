import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { startNameServer } from '../e2e/name-server.ts'
import { eventually, isAlive } from '../e2e/platform.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, deployChaos, openPlatform } from './hosted.ts'

const SIZES = { slice: 2, full: 25 } as const
const DEADLINE_S = 3
const DELAY_MS = 1000
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n'

type Place = { readonly port: number; open(): number }

export const f25: Fault = {
  id: 'F25',
  title: 'what servers reach is dropped, delayed, reset',
  async run(c: FaultContext) {
    const count = SIZES[c.size]
    const silent = await openPlace(c, () => {})
    const late = await openPlace(c, (socket) => void setTimeout(() => socket.end(`${ANSWER}late`), DELAY_MS))
    // In the middle of its answer.
    const broken = await openPlace(c, (socket) => {
      socket.write(`${ANSWER}ha`, () => socket.resetAndDestroy())
    })
    const names = await startNameServer(() => ['127.0.0.1'])
    c.defer(() => names.close())
    const places = [silent, late, broken].map(({ port }) => `place.test:${port}`)
    const platform = await openPlatform(c, {
      egress: { dns_servers: [names.address], allow_private: places },
    })
    const token = await platform.token()
    await deployChaos(platform, 'neighbour')
    const before = countDescriptors(platform.pid())
    await deployChaos(platform, 'caller', { egress: places, call_timeout_seconds: 60 })
    await deployChaos(platform, 'waiter', { egress: places, call_timeout_seconds: DEADLINE_S })
    const ask = (name: string, { port }: Place) =>
      callTool(platform, token, name, { how: 'output', code: buildQuestion(port) }).then(
        (said) => said.trim(),
        (error: Error) => /"code":"(\w+)"/.exec(error.message)?.[1] ?? error.message,
      )
    const askAll = (name: string, place: Place) =>
      Promise.all(Array.from({ length: count }, () => ask(name, place)))

    const began = performance.now()
    let waited = Infinity
    const unanswered = askAll('waiter', silent).then((ends) => {
      waited = (performance.now() - began) / 1000
      return ends
    })
    const [delayed, reset] = await Promise.all([askAll('caller', late), askAll('caller', broken)])
    expectSame(c, 'answers that come late', [...new Set(delayed)], ['late (0)'])
    const told = reset.filter((said) => /IncompleteRead|ConnectionReset|RemoteDisconnected/.test(said))
    if (told.length < count) c.broken(`places that reset are not told as such: ${reset.join('; ')}`)
    const call = await callTool(platform, token, 'neighbour', { tag: 'there' })
    expectSame(c, 'a neighbour meanwhile', call, 'there')
    expectSame(c, 'places that are silent', [...new Set(await unanswered)], ['call_timeout'])
    c.figure('until the last of the silent was given up', waited, 's', { atMost: DEADLINE_S + 2 })
    const isSettled = () => late.open() + broken.open() === 0
    await eventually('those that ended are closed', async () => isSettled() || null, 10).catch(() => null)
    c.figure('connections left that had ended', late.open() + broken.open(), '', { atMost: 0 })
    c.figure('connections that the silent place held', silent.open(), '', { atMost: count })

    for (const name of ['caller', 'waiter']) await platform.json('stop', name)
    await eventually('all is closed', async () => silent.open() === 0 || null, 15).catch(() => null)
    c.figure('connections left of servers that are stopped', silent.open(), '', { atMost: 0 })
    // The connections of those who called are kept for their next call, and each server has its log open.
    c.figure('descriptors left of them', countDescriptors(platform.pid()) - before, '', {
      atMost: 3 * count + 4,
    })
    expectSame(c, 'the daemon lives', isAlive(platform.pid()), true)
  },
}

/** Counts who is connected; each asks once. */
async function openPlace(c: FaultContext, answer: (socket: Socket) => void): Promise<Place> {
  const open = new Set<Socket>()
  const server: Server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => open.delete(socket))
    socket.once('data', () => answer(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  c.defer(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, open: () => open.size }
}

const buildQuestion = (port: number) =>
  `python3 -c 'import urllib.request as u; print(u.urlopen("http://place.test:${port}/").read().decode())' 2>&1 | tail -1`

function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}
