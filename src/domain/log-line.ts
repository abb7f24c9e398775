/** stderr, noise on stdout, and what the platform itself has to say about a server. */
export const LOG_STREAMS = ['stdout', 'stderr', 'platform'] as const
export type LogStream = (typeof LOG_STREAMS)[number]

export type LogLine = {
  /** Rises by one a line for each server, over restarts of server and daemon. */
  readonly seq: number
  /** Milliseconds since the epoch, stamped when the platform read the line. */
  readonly time: number
  readonly stream: LogStream
  readonly text: string
}
