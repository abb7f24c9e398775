import type { IncomingMessage, ServerResponse } from 'node:http'

const CHECK_MS = 10_000
/** In each of these intervals: any line that can carry an archive brings more. */
const MIN_BYTES = 1024

/** The request that a connection is on; `seen` is what had come when it was looked at last, null before that. */
type Current = { req: IncomingMessage; res: ServerResponse; seen: number | null }

export interface BodyWatch {
  /** To be told of every request: it costs the call path next to nothing. */
  add(req: IncomingMessage, res: ServerResponse): void
  stop(): void
}

/** Calls `onSlow` for a request whose body comes slower than 100 bytes a second, within 20 s of its standstill. */
export function watchBodies(onSlow: (req: IncomingMessage, res: ServerResponse) => void): BodyWatch {
  const connections = new Map<IncomingMessage['socket'], Current>()
  const timer = setInterval(() => {
    for (const [socket, current] of connections) {
      if (current.req.complete) continue
      const { bytesRead } = socket
      const isSlow = current.seen !== null && bytesRead - current.seen < MIN_BYTES
      current.seen = bytesRead
      if (!isSlow) continue
      connections.delete(socket)
      onSlow(current.req, current.res)
    }
  }, CHECK_MS)
  timer.unref()
  return {
    add(req, res) {
      const { socket } = req
      const current = connections.get(socket)
      if (current === undefined) {
        connections.set(socket, { req, res, seen: null })
        socket.once('close', () => connections.delete(socket))
      } else {
        current.req = req
        current.res = res
        current.seen = null
      }
    },
    stop: () => clearInterval(timer),
  }
}
