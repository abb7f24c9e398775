import type { LogFiles } from './log-files.ts'

type Log = Pick<LogFiles, 'append' | 'offer'>

/** The same log, each line behind a label. */
export function labelLogs(logs: Log, label: () => string): Log {
  return {
    append: (id, stream, text) => logs.append(id, stream, label() + text),
    offer: (id, stream, bytes, read) => logs.offer(id, stream, bytes, () => label() + read()),
  }
}
