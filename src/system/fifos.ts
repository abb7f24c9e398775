/**
 * Named FIFOs as streams. The instance holds both ends of each, so neither side sees end-of-file or SIGPIPE
 * when the other goes away, and a later process can open them again.
 */
import { constants } from 'node:fs'
import { closeSync, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'

/**
 * What every reader reads into. A buffer of its own for each read would be freed by the garbage collector alone, and a
 * flood makes few other objects: tens of megabytes would wait for it.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * Like openFifoReader, for what may flood. A chunk of `data` is the listener's only until it returns: what is kept of it
 * is copied.
 */
export function openFifoFlow(path: string): Socket {
  const socket: Socket = new Socket({
    fd: openFifo(path, constants.O_RDONLY),
    readable: true,
    writable: false,
    onread: {
      buffer: READ_BUFFER,
      callback(length) {
        const chunk = READ_BUFFER.subarray(0, length)
        // Not while nobody listens yet, or while what came before that is still to be heard.
        if (socket.readableFlowing !== true || socket.readableLength > 0)
          return socket.push(Buffer.from(chunk))
        socket.emit('data', chunk)
        return true
      },
    },
  })
  return socket
}

/** For reading; waits for nobody: a FIFO opened O_NONBLOCK for reading never blocks (fifo(7)). */
export function openFifoReader(path: string): Socket {
  return new Socket({ fd: openFifo(path, constants.O_RDONLY), readable: true, writable: false })
}

/** For writing; throws ENXIO when no process holds the other end. */
export function openFifoWriter(path: string): Socket {
  return new Socket({ fd: openFifo(path, constants.O_WRONLY), readable: false, writable: true })
}

function openFifo(path: string, mode: number): number {
  const fd = openSync(path, mode | constants.O_NONBLOCK | constants.O_NOFOLLOW | constants.O_NOCTTY)
  if (fstatSync(fd).isFIFO()) return fd
  closeSync(fd)
  throw new Error(`${path} is not a FIFO`)
}
