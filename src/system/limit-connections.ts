/**
 * Keeps some of this process's descriptors for its own work: a crowd of clients must not take the database's, or those
 * of hosted servers. Who comes when no more are to be given is told so and closed.
 */
import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { readRlimit } from './process-table.ts'

/** The database, FIFOs of servers, archives, what a start needs. */
const RESERVED = 128

const REFUSAL = Buffer.from(
  'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 29\r\n\r\nToo many connections are open',
)

export function limitConnections(server: Server, most = readMost()): void {
  const open = new Set<Duplex>()
  server.prependListener('connection', (socket: Duplex) => {
    if (open.size >= most) {
      socket.on('error', () => undefined)
      socket.end(REFUSAL, () => socket.destroy())
      return
    }
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
}

function readMost(): number {
  const [soft] = readRlimit(process.pid, 'Max open files') ?? ['unlimited']
  return soft === 'unlimited' ? Infinity : countConnections(Number(soft))
}

/** Of so many descriptors. */
export function countConnections(descriptors: number): number {
  return Math.max(16, Math.min(descriptors - RESERVED, Math.floor(descriptors * 0.9)))
}
