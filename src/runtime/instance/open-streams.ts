/** Everything that is read from and written to one instance: its connection, its log lines, its last words. */
import type { Readable } from 'node:stream'
import type { Clock } from '../../domain/clock.ts'
import type { ServerId } from '../../domain/id.ts'
import type { LogStream } from '../../domain/log-line.ts'
import type { Redactor } from '../../domain/redaction.ts'
import type { Logger } from '../../system/log.ts'
import type { Instance } from '../ports.ts'
import { createConnection, type Connection } from './connection.ts'
import type { LogMask } from './log-mask.ts'
import { readFairly } from './read-fairly.ts'
import { createStderrTail } from './stderr-tail.ts'
import { createTextLines, cutText } from './text-lines.ts'

/** What the tree wrote is read to its end before its exit is told, unless that takes longer. */
const DRAIN_MS = 1000

/** Within it the end of a process is noticed as such. */
const ENDING_MS = 2000

export type StreamsDeps = {
  readonly logs: { append(serverId: ServerId, stream: LogStream, text: string): void }
  readonly clock: Clock
  readonly logger: Logger
  readonly daemonGeneration: number
}

export type InstanceStreams = {
  readonly connection: Connection
  stderrTail(): string
  /** Resolves when all that an ended instance wrote has been read. */
  drained(): Promise<void>
}

/** @param onBroken with a sentence, when its streams are beyond use. */
export function openStreams(
  deps: StreamsDeps,
  about: {
    readonly serverId: ServerId
    readonly server: string
    readonly mask: LogMask
    /** Null for a server without secrets: its answers pass as they are. */
    readonly redactor: Redactor | null
  },
  instance: Pick<Instance, 'stdin' | 'stdout' | 'stderr'>,
  adopted: boolean,
  onBroken: (detail: string) => void,
): InstanceStreams {
  const { logs, logger, clock } = deps
  const { serverId, server, mask, redactor } = about
  const tail = createStderrTail(mask)
  const lines = createTextLines((text) => logs.append(serverId, 'stderr', text), mask)
  readFairly(instance.stderr, (chunk) => {
    tail.push(chunk)
    lines.push(chunk)
  })
  instance.stderr.on('error', (error) => logger.warn('stderr of a server broke', { server, err: error }))
  const connection = createConnection({
    server,
    daemonGeneration: deps.daemonGeneration,
    stdin: instance.stdin,
    stdout: instance.stdout,
    adopted,
    redactor,
    onNoise: (text, cut) => logs.append(serverId, 'stdout', cutText(text, mask, cut)),
    onBroken(detail, maybeEnding) {
      if (maybeEnding) clock.after(ENDING_MS, () => onBroken(detail))
      else onBroken(detail)
    },
    onDefect: (error) => logger.error('Passing on a message failed', { server, err: error }),
  })
  return {
    connection,
    stderrTail: () => tail.text(),
    async drained() {
      await Promise.all([
        waitForEnd(instance.stdout, clock, DRAIN_MS),
        waitForEnd(instance.stderr, clock, DRAIN_MS),
      ])
      lines.end()
    },
  }
}

function waitForEnd(stream: Readable, clock: Clock, milliseconds: number): Promise<void> {
  if (stream.readableEnded || stream.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      for (const name of ['end', 'close', 'error']) stream.off(name, done)
      resolve()
    }
    const cancel = clock.after(milliseconds, done)
    for (const name of ['end', 'close', 'error']) stream.on(name, done)
  })
}
