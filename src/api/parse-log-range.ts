import type { LogQuery } from '../domain/log-line.ts'

type Range = Pick<LogQuery, 'stream' | 'level' | 'since' | 'until'>
type Given = {
  readonly stream?: LogQuery['stream'] | undefined
  readonly level?: LogQuery['level'] | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
}

export function parseLogRange({ stream, level, since, until }: Given): Range {
  return {
    ...(stream === undefined ? {} : { stream }),
    ...(level === undefined ? {} : { level }),
    ...(since === undefined ? {} : { since: Date.parse(since) }),
    ...(until === undefined ? {} : { until: Date.parse(until) }),
  }
}
