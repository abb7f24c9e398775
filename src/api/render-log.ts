import { guessLevel } from '../domain/log-level.ts'
import type { LogLine } from '../domain/log-line.ts'
import { renderTime } from './schema/common.ts'
import type { LogLineJson } from './schema/log.ts'

export function renderLogLine({ seq, time, stream, text }: LogLine): LogLineJson {
  return { cursor: seq, time: renderTime(time), stream, level: guessLevel(text), text }
}
