/**
 * Load on one target, in a process of its own: raw keep-alive sockets, each sending its next request when the last
 * answer is complete. Reads one JSON job a line, prints one JSON result a line.
 */
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

export type Job = {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly connections: number
  readonly milliseconds: number
  /** Ends earlier, with these many answers. */
  readonly calls?: number
  /** No more than so many, over all connections. */
  readonly perSecond?: number
  /** Connection after connection takes the next one, instead of `path`. */
  readonly paths?: readonly string[]
}
export type Result = {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly failed: number
  readonly calls: number
}

/** An answer of a known length, or one in chunks, which ends with an empty one (RFC 9112 §7.1). */
function isComplete(got: Buffer): boolean {
  const end = got.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /content-length: (\d+)/i.exec(got.toString('latin1', 0, end))?.[1]
  if (length !== undefined) return got.length >= end + 4 + Number(length)
  return got
    .subarray(end + 4)
    .toString('latin1')
    .endsWith('0\r\n\r\n')
}

function runJob(job: Job): Promise<Result> {
  const lines = Object.entries(job.headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const headOf = (path: string) => `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${job.port}\r\n${lines.join('')}`
  // All connections may share one session, in which two calls under one id at a time are a mistake.
  const build = (connection: number) => {
    const body = job.body.replace('"id":7', `"id":${connection + 7}`)
    const head = headOf(job.paths?.[connection % job.paths.length] ?? job.path)
    return Buffer.from(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }
  const times: number[] = []
  const sockets: Socket[] = []
  let failed = 0
  const begin = performance.now()
  return new Promise((resolve, reject) => {
    const runSocket = (request: Buffer) => {
      const socket = connect(job.port, '127.0.0.1')
      sockets.push(socket)
      socket.setNoDelay(true)
      let sentAt = 0
      let got: Buffer = Buffer.alloc(0)
      let turn = 0
      const send = () => {
        const wait =
          job.perSecond === undefined
            ? 0
            : (++turn * job.connections * 1000) / job.perSecond - (performance.now() - begin)
        if (wait > 1) setTimeout(sendNow, wait)
        else sendNow()
      }
      const sendNow = () => {
        sentAt = performance.now()
        socket.write(request)
      }
      socket.on('connect', send)
      socket.on('error', reject)
      socket.on('data', (chunk: Buffer) => {
        got = got.length === 0 ? chunk : Buffer.concat([got, chunk])
        if (!isComplete(got)) return
        if (got.toString('latin1', 9, 12) !== '200' || got.indexOf('"result"') < 0) failed++
        got = Buffer.alloc(0)
        times.push(performance.now() - sentAt)
        if (performance.now() - begin < job.milliseconds && times.length < (job.calls ?? Infinity)) send()
        else finish()
      })
    }
    let open = job.connections
    const finish = () => {
      if (--open > 0) return
      for (const socket of sockets) socket.destroy()
      const seconds = (performance.now() - begin) / 1000
      times.sort((a, b) => a - b)
      const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
      resolve({ perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99), failed, calls: times.length })
    }
    for (let n = 0; n < job.connections; n++) runSocket(build(n))
  })
}

if (import.meta.main) {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await runJob(JSON.parse(line) as Job))}\n`)
  }
}
