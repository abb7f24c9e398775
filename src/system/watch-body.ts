import type { IncomingMessage } from 'node:http'

const CHECK_MS = 10_000
/** In each of these intervals: any line that can carry an archive brings more. */
const MIN_BYTES = 1024

/** Calls `onSlow` once when the request's body comes slower than 100 bytes a second. */
export function watchBody(req: IncomingMessage, onSlow: () => void): void {
  const { 'content-length': length, 'transfer-encoding': coding } = req.headers
  if (coding === undefined && (length === undefined || length === '0')) return
  const { socket } = req
  let seen = socket.bytesRead
  const timer = setInterval(() => {
    if (req.complete || socket.destroyed) return stop()
    if (socket.bytesRead - seen >= MIN_BYTES) {
      seen = socket.bytesRead
      return
    }
    stop()
    onSlow()
  }, CHECK_MS)
  timer.unref()
  const stop = () => clearInterval(timer)
  req.once('close', stop).once('end', stop)
}
