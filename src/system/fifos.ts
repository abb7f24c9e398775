/**
 * Named FIFOs as streams. The instance holds both ends of each, so neither side sees end-of-file or SIGPIPE
 * when the other goes away, and a later process can open them again.
 */
import { constants } from 'node:fs'
import { closeSync, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'

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
