import { cn } from '../lib/cn.ts'
import { formatSpan } from '../lib/format.ts'
import { useLive, type LiveState } from '../lib/live.ts'
import { useNow } from '../lib/now.ts'
import { Tooltip } from '../parts/tooltip.tsx'
import { SHELL_WORDS } from './words.ts'

const DOTS: Readonly<Record<LiveState, string>> = {
  connecting: 'border-2 border-line-strong',
  live: 'bg-good',
  reconnecting: 'animate-pulse-slow bg-warn',
  restarting: 'animate-pulse-slow bg-warn',
  closed: 'border-2 border-bad',
}
/** From then on what is shown counts as old, and its age is said. */
const STALE_SECONDS = 2

/** Whether what is shown is live, and if not, since when it is not. */
export function ConnectionMark() {
  const { state, heardAt } = useLive()
  const now = useNow()
  const seconds = Math.floor((now - heardAt) / 1000)
  const isOld = state !== 'live' && state !== 'connecting' && seconds >= STALE_SECONDS
  const word = SHELL_WORDS.connection[state]
  return (
    <Tooltip text={SHELL_WORDS.connectionHints[state]}>
      <button
        type="button"
        data-state-of-live={state}
        className="inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md px-2 text-xs text-muted hover:bg-hover"
      >
        <span aria-hidden className={cn('size-2 rounded-full', DOTS[state])} />
        <span role="status">{word}</span>
        {isOld && <span>· {formatSpan(seconds)} old</span>}
      </button>
    </Tooltip>
  )
}
