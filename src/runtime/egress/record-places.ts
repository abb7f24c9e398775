/**
 * A proxy that leads nowhere: it notes which places are asked for and what comes with the question, and refuses
 * everything. For dry runs.
 */
import type { Duplex } from 'node:stream'
import type { Clock } from '../../domain/clock.ts'
import { parseAuthority, parseTarget } from './decide-reach.ts'
import type { InnerListener } from './open-listener.ts'

export interface PlaceRecorder {
  /** `host:port`, in the order they were asked for. */
  places(): readonly string[]
  /** What was sent to each place, as far as it was read. */
  sent(): readonly { readonly place: string; readonly text: string }[]
  close(): void
}

const MAX_CONNECTIONS = 64
const MAX_PLACES = 100
/** Of one connection. */
const MAX_BYTES = 256 * 1024
/** After its head, for the body that belongs to it. */
const PATIENCE_MS = 300

const REFUSAL =
  'HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\ncontent-length: 26\r\nconnection: close\r\n\r\nNothing is reached by now.'

export function recordPlaces(listener: InnerListener, clock: Clock): PlaceRecorder {
  const places = new Set<string>()
  const requests: { place: string; text: string }[] = []
  const open = new Set<Duplex>()
  listener.maxConnections = MAX_CONNECTIONS
  listener.on('connection', (socket: Duplex) => {
    open.add(socket)
    const chunks: Buffer[] = []
    let size = 0
    let request: { place: string; text: string } | null = null
    let cancel = () => {}
    const refuse = () => {
      cancel()
      if (socket.writable) socket.end(REFUSAL)
    }
    socket.on('error', () => undefined)
    socket.once('close', () => {
      cancel()
      open.delete(socket)
    })
    socket.on('data', (chunk: Buffer) => {
      if (size >= MAX_BYTES) return
      size += chunk.length
      chunks.push(chunk)
      const text = Buffer.concat(chunks).toString('latin1')
      if (request === null && text.includes('\r\n')) {
        const place = readPlace(text)
        if (place === null || places.size >= MAX_PLACES) return refuse()
        places.add(place)
        request = { place, text }
        requests.push(request)
        cancel = clock.after(PATIENCE_MS, refuse)
      }
      if (request !== null) request.text = text
      if (size >= MAX_BYTES || isWhole(text)) refuse()
    })
  })
  return {
    places: () => [...places],
    sent: () => requests,
    close() {
      listener.close()
      for (const socket of open) socket.destroy()
    },
  }
}

/** Of a request's first line; null for what is no proxy request. */
function readPlace(text: string): string | null {
  const [method = '', target = ''] = text.split('\r\n', 1)[0]?.split(' ') ?? []
  const place = method === 'CONNECT' ? parseAuthority(target) : parseTarget(target)
  return place === null ? null : `${place.host}:${place.port}`
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const head = text.slice(0, end)
  if (/^transfer-encoding:/im.test(head)) return text.endsWith('0\r\n\r\n')
  const length = Number(/^content-length: *(\d{1,9})\s*$/im.exec(head)?.[1] ?? 0)
  return text.length >= end + 4 + length
}
