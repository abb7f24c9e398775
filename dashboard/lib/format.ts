/** Numbers and times as people read them, in their own language and zone. */
const NUMBER = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 })
const COMPACT = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })
const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
const NOTHING = '–'

export function formatNumber(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? NOTHING : NUMBER.format(value)
}

export function formatCompact(value: number): string {
  return COMPACT.format(value)
}

export function formatPercent(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : `${formatNumber(value)} %`
}

export function formatBytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING
  const step = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), UNITS.length - 1)
  return `${NUMBER.format(value / 1024 ** step)} ${UNITS[step]}`
}

export function formatMs(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING
  return value < 1000 ? `${formatNumber(value)} ms` : `${formatNumber(value / 1000)} s`
}

/** `3 h 12 m`: the two biggest units that are not zero. */
export function formatSpan(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return NOTHING
  if (seconds < 1) return '0 s'
  const parts: (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [Math.floor(seconds) % 60, 's'],
  ]
  const first = parts.findIndex(([value]) => value > 0)
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ')
}

export function formatAgo(time: string | null | undefined, now: number): string {
  if (time === null || time === undefined) return NOTHING
  const seconds = (now - Date.parse(time)) / 1000
  if (seconds < -1) return `in ${formatSpan(-seconds)}`
  return seconds < 2 ? 'just now' : `${formatSpan(seconds).split(' ').slice(0, 2).join(' ')} ago`
}

export function formatTime(time: string): string {
  return TIME.format(new Date(time))
}

export function formatClock(time: string): string {
  return CLOCK.format(new Date(time))
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`
}
