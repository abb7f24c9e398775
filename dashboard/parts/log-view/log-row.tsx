import { memo } from 'react'
import { cn } from '../../lib/cn.ts'
import { formatAgo } from '../../lib/format.ts'
import { guessLevel, markOf, prettyJson, type Level, type LogEntry } from '../../lib/log/log-entry.ts'
import type { LogSettings, TimeForm } from '../../lib/log/settings.ts'
import { LogText } from './log-text.tsx'
import { LOG_WORDS } from './words.ts'

export const ROW_PX = 20

const LEVEL_CLASS: Readonly<Record<Level, string>> = {
  error: 'text-bad',
  warn: 'text-warn',
  info: 'text-accent',
  debug: 'text-muted',
}
const LEVEL_SIGN: Readonly<Record<Level, string>> = { error: 'E', warn: 'W', info: 'I', debug: 'D' }

const DAY = new Intl.DateTimeFormat(undefined, { month: '2-digit', day: '2-digit' })
const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
})

/** The day by itself: where it is narrow there is no room for it. */
function formatLogTime(time: number, form: TimeForm, now: number): readonly [day: string, clock: string] {
  const utc = new Date(time).toISOString()
  if (form === 'utc') return [utc.slice(5, 10), utc.slice(11)]
  return form === 'local' ? [DAY.format(time), CLOCK.format(time)] : ['', formatAgo(utc, now)]
}

type Props = {
  readonly entry: LogEntry | null | undefined
  readonly index: number
  readonly settings: LogSettings
  readonly needle: string
  readonly isSelected: boolean
  readonly isHit: boolean
  readonly isOpen: boolean
  readonly hasServer: boolean
  /** For relative times; zero otherwise, so that nothing is drawn anew each second. */
  readonly now: number
}

export const LogRow = memo(function LogRow({
  entry,
  index,
  settings,
  needle,
  isSelected,
  isHit,
  isOpen,
  hasServer,
  now,
}: Props) {
  if (entry === null || entry === undefined) {
    return (
      <div data-row={index} className="h-[20px] pl-3 text-[12px] leading-[20px] text-muted">
        {entry === null ? LOG_WORDS.gone : '…'}
      </div>
    )
  }
  const level = guessLevel(entry)
  const mark = markOf(entry)
  const [day, clock] = formatLogTime(entry.time, settings.times, now)
  const pretty = isOpen ? prettyJson(entry.text) : null
  return (
    <div
      data-row={index}
      data-cursor={entry.cursor}
      {...(isSelected ? { 'aria-current': 'true' as const } : {})}
      className={cn(
        'flex min-h-[20px] gap-2 border-l-2 pr-3 pl-2 font-mono text-[12px] leading-[20px]',
        settings.isWrapped || isOpen ? '' : 'h-[20px]',
        isSelected
          ? 'border-accent bg-accent-soft'
          : isHit
            ? 'border-warn bg-warn-soft/60'
            : 'border-transparent hover:bg-hover/70',
        mark !== null && !isSelected && (mark === 'dropped' ? 'bg-warn-soft' : 'bg-sunken'),
      )}
    >
      <span
        data-pick={index}
        className="shrink-0 cursor-pointer text-muted tabular-nums select-none"
        title={new Date(entry.time).toISOString()}
      >
        {day !== '' && <span className="max-sm:hidden">{day} </span>}
        {clock}
      </span>
      <span
        className={cn('w-2 shrink-0 select-none', level === null ? '' : LEVEL_CLASS[level])}
        title={level ?? undefined}
      >
        {mark !== null ? '◆' : level === null ? '' : LEVEL_SIGN[level]}
      </span>
      {hasServer && <span className="w-24 shrink-0 truncate text-accent select-none">{entry.server}</span>}
      <span
        className={cn(
          'min-w-0 flex-1',
          settings.isWrapped || isOpen ? 'break-words whitespace-pre-wrap' : 'whitespace-pre',
          mark === 'dropped' ? 'font-medium text-warn' : mark !== null && 'text-muted italic',
        )}
      >
        {pretty === null ? (
          <LogText text={entry.text} hasColours={settings.hasColours} needle={needle} />
        ) : (
          <LogText text={pretty} hasColours={false} needle={needle} />
        )}
      </span>
    </div>
  )
})
