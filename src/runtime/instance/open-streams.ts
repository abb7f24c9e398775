/** Everything that is read from and written to one instance: its connection, its log lines, its last words. */
import type { LogFiles } from './log-files.ts'
import type { Readable } from 'node:stream'
import type { Clock } from '../../domain/clock.ts'
import type { ServerId } from '../../domain/id.ts'
import type { CapabilityClass } from '../../domain/process-key.ts'
import type { Redactor } from '../../domain/redaction.ts'
import type { Logger } from '../../system/log.ts'
import type { HttpEndpoint, Instance } from '../ports.ts'
import { createConnection, type Connection } from './connection.ts'
import { buildInitializeParams, type Initialized } from './handshake.ts'
import type { LastWords } from './exit/build-exit.ts'
import { createHttpConnection } from './http/http-connection.ts'
import type { LogMask } from './log-mask.ts'
import { readFairly } from './read-fairly.ts'
import { createStderrTail } from './stderr-tail.ts'
import { createTextLines, cutText } from './text-lines.ts'

/** What the tree wrote is read to its end before its exit is told, unless that takes longer. */
const DRAIN_MS = 1000

/** Within it the end of a process is noticed as such. */
const ENDING_MS = 2000

export type StreamsDeps = {
  readonly logs: Pick<LogFiles, 'append' | 'offer'>
  readonly clock: Clock
  readonly logger: Logger
  readonly daemonGeneration: number
  readonly platformVersion: string
}

export type InstanceStreams = {
  readonly connection: Connection
  lastWords(): LastWords
  /** Resolves when all that an ended instance wrote has been read. */
  drained(): Promise<void>
}

/** @param onBroken with a sentence, when its streams are beyond use. @param adopted what it answered to an earlier daemon. */
export function openStreams(
  deps: StreamsDeps,
  about: {
    readonly serverId: ServerId
    readonly server: string
    readonly mask: LogMask
    readonly capabilities: CapabilityClass
    /** See ConnectionOptions. */
    readonly awaited: boolean
    readonly keepsEarly: boolean
    /** Null for a server without secrets: its answers pass as they are. */
    readonly redactor: Redactor | null
  },
  instance: Pick<Instance, 'stdin' | 'stdout' | 'stderr' | 'http'>,
  adopted: Initialized | null,
  onBroken: (detail: string) => void,
): InstanceStreams {
  const { logs, logger, clock } = deps
  const { serverId, server, mask, redactor, capabilities } = about
  const tail = createStderrTail(mask)
  const lines = createTextLines((read, bytes) => logs.offer(serverId, 'stderr', bytes, read), mask)
  readFairly(instance.stderr, (chunk) => {
    tail.push(chunk)
    lines.push(chunk)
  })
  instance.stderr.on('error', (error) => logger.warn('stderr of a server broke', { server, err: error }))
  const common = {
    server,
    daemonGeneration: deps.daemonGeneration,
    redactor,
    keepsEarly: about.keepsEarly,
    onNoise: (text: string, cut?: boolean) => logs.append(serverId, 'stdout', cutText(text, mask, cut)),
    onDefect: (error: unknown) => logger.error('Passing on a message failed', { server, err: error }),
  }
  const openOverHttp = (endpoint: HttpEndpoint) => {
    const output = createTextLines((read, bytes) => logs.offer(serverId, 'stdout', bytes, read), mask)
    readFairly(instance.stdout, (chunk) => output.push(chunk))
    return createHttpConnection({
      ...common,
      endpoint,
      clock,
      initializeParams: buildInitializeParams(deps.platformVersion, capabilities),
      protocolVersion: adopted?.protocolVersion ?? null,
    })
  }
  const openOverStreams = () =>
    createConnection({
      ...common,
      stdin: instance.stdin,
      stdout: instance.stdout,
      adopted: adopted !== null,
      awaited: about.awaited,
      onBroken(detail, maybeEnding) {
        if (maybeEnding) clock.after(ENDING_MS, () => onBroken(detail))
        else onBroken(detail)
      },
    })
  return {
    connection: instance.http === null ? openOverStreams() : openOverHttp(instance.http),
    lastWords: () => tail.words(),
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
