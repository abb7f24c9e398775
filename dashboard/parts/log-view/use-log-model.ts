import { useEffect, useState } from 'react'
import { guessLevel, LEVELS, type Level, type LogEntry } from '../../lib/log/log-entry.ts'
import { openLogList } from '../../lib/log/log-list.ts'
import type { LogModel } from '../../lib/log/log-model.ts'
import { openLogSource, type LogFilter } from '../../lib/log/log-source.ts'
import { openLogWindow } from '../../lib/log/log-window.ts'

export type LogChoice = {
  readonly servers: readonly string[]
  readonly stream: string
  /** Separated by commas; none: all. */
  readonly levels: string
  /** Only lines that hold it. */
  readonly grep: string
}

export function parseLevels(text: string): readonly Level[] {
  return LEVELS.filter((level) => text.split(',').includes(level))
}

/** The rows that a choice stands for; opened anew when it changes. */
export function useLogModel({ servers, stream, levels, grep }: LogChoice): LogModel | null {
  const [model, setModel] = useState<LogModel | null>(null)
  const names = servers.join(',')
  useEffect(() => {
    const sources = names.split(',').map(openLogSource)
    const only =
      sources.length === 1 && stream === '' && levels === '' && grep === '' ? sources[0] : undefined
    const opened =
      only === undefined ? openLogList(sources, buildFilter(stream, levels, grep)) : openLogWindow(only)
    // oxlint-disable-next-line react/set-state-in-effect -- a connection is opened here, and drawn once it is there
    setModel(opened)
    return () => {
      opened.close()
      setModel(null)
    }
  }, [names, stream, levels, grep])
  return model
}

function buildFilter(stream: string, levels: string, grep: string) {
  const wanted = parseLevels(levels)
  const known = (['stdout', 'stderr', 'platform'] as const).find((name) => name === stream)
  const filter: LogFilter = {
    ...(known === undefined ? {} : { stream: known }),
    ...(grep === '' ? {} : { grep }),
  }
  if (wanted.length === 0) return filter
  return {
    ...filter,
    isWanted: (entry: LogEntry) => {
      const level = guessLevel(entry)
      return level !== null && wanted.includes(level)
    },
  }
}
