/** The way to an instance's stdin: whole lines, one write a turn of the event loop, `drain` honoured. */
import type { Writable } from 'node:stream'

export type Outbox = {
  /** `line` without its newline. */
  send(line: string): void
  /** About the bytes that the instance has not read yet, on top of the FIFO's own 64 KiB. */
  unread(): number
  close(): void
}

export function createOutbox(stdin: Writable, onError: (error: Error) => void): Outbox {
  let waiting = ''
  let scheduled = false
  let blocked = false
  let closed = false

  const flush = () => {
    scheduled = false
    if (blocked || closed || waiting === '') return
    const text = waiting
    waiting = ''
    blocked = !stdin.write(text)
  }
  const onDrain = () => {
    blocked = false
    flush()
  }
  stdin.on('drain', onDrain)
  stdin.on('error', onError)

  return {
    send(line) {
      if (closed) return
      waiting += line + '\n'
      if (scheduled || blocked) return
      scheduled = true
      // Runs after the poll phase: what arrived from many clients in one turn leaves in one write.
      setImmediate(flush)
    },
    unread: () => stdin.writableLength + waiting.length,
    close() {
      closed = true
      waiting = ''
      stdin.off('drain', onDrain)
    },
  }
}
