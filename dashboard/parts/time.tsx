import { formatAgo, formatTime } from '../lib/format.ts'
import { useNow } from '../lib/now.ts'

/** "3 m ago"; the exact time in the reader's zone and in UTC on hover. */
export function Ago({ time }: { readonly time: string | null }) {
  const now = useNow()
  if (time === null) return <>–</>
  return (
    <time
      dateTime={time}
      title={`${formatTime(time)} (${time.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')})`}
    >
      {formatAgo(time, now)}
    </time>
  )
}

/** Says how old something is once it is no longer live. */
export function Freshness({ at }: { readonly at: number }) {
  const age = Math.floor((useNow() - at) / 1000)
  if (at === 0 || age < 3) return null
  return <span className="text-xs text-muted">updated {age} s ago</span>
}
