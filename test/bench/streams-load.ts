/**
 * Thousands of clients in one process of its own: raw sockets, each with one stream open. Reads one JSON job, prints a
 * line once all are open; then for each line read prints when, from then on, all have heard of a changed list.
 */
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

export type StreamsJob = {
  readonly port: number
  /** One whole request for each stream. */
  readonly requests: readonly string[]
}
/** Milliseconds since the epoch. */
export type Heard = { readonly first: number; readonly last: number }

/** So many connections are being opened at once: more would only wait in the listener's queue. */
const OPENING = 100

function openAll({ port, requests }: StreamsJob, onHeard: (socket: Socket) => void): Promise<void> {
  let next = 0
  let open = 0
  return new Promise((resolve, reject) => {
    const openNext = () => {
      const request = requests[next++]
      if (request === undefined) return
      const socket = connect(port, '127.0.0.1')
      let isOpen = false
      socket.on('connect', () => socket.write(request))
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('a stream was closed')))
      socket.on('data', (chunk: Buffer) => {
        const text = chunk.toString('latin1')
        if (text.includes('list_changed')) onHeard(socket)
        if (isOpen || !text.includes('HTTP/1.1 ')) return
        if (!text.startsWith('HTTP/1.1 200')) return reject(new Error(text))
        isOpen = true
        open++
        if (open === requests.length) resolve()
        else openNext()
      })
    }
    for (let n = 0; n < OPENING; n++) openNext()
  })
}

if (import.meta.main) {
  const heard = new Set<Socket>()
  let expected = 0
  let first = 0
  let tell = (_heard: Heard) => {}
  const now = () => performance.timeOrigin + performance.now()
  const onHeard = (socket: Socket) => {
    if (heard.size === 0) first = now()
    heard.add(socket)
    if (heard.size === expected) tell({ first, last: now() })
  }
  for await (const line of createInterface({ input: process.stdin })) {
    if (expected === 0) {
      const job = JSON.parse(line) as StreamsJob
      expected = job.requests.length
      await openAll(job, onHeard)
      process.stdout.write('open\n')
    } else {
      heard.clear()
      tell = (result) => process.stdout.write(`${JSON.stringify(result)}\n`)
      process.stdout.write('armed\n')
    }
  }
}
