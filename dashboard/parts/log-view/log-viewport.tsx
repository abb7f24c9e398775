/* oxlint-disable react/set-state-in-effect, react/exhaustive-effect-dependencies, react-hooks/exhaustive-deps, jsx-a11y/no-noninteractive-element-interactions -- it places rows by what was measured after they were drawn, and its region takes the keys that scroll it */
/** The rows of a log: those in view, and a few around them. It follows the end until its reader scrolls up. */
import { ArrowDown } from 'lucide-react'
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
  type KeyboardEvent,
  type MouseEvent,
  type Ref,
} from 'react'
import type { LogModel } from '../../lib/log/log-model.ts'
import { createRowHeights, MAX_PIXELS, scaleOf } from '../../lib/log/row-heights.ts'
import type { LogSettings } from '../../lib/log/settings.ts'
import { useNow } from '../../lib/now.ts'
import { LogRow, ROW_PX } from './log-row.tsx'
import { LOG_WORDS } from './words.ts'

/** Rows above and below that are drawn already. */
const OVERSCAN = 12
const AT_END_PX = 4
const ANNOUNCE_MS = 5000
const UP_KEYS = new Set(['ArrowUp', 'PageUp', 'Home'])

export type Selection = { readonly from: number; readonly to: number }

export interface LogViewportHandle {
  scrollTo(index: number): void
  /** The rows that can be seen, first and last. */
  visible(): Selection
}

type Props = {
  readonly model: LogModel
  readonly label: string
  readonly settings: LogSettings
  readonly needle: string
  readonly selection: Selection | null
  readonly hit: number | null
  readonly open: ReadonlySet<number>
  readonly hasServer: boolean
  /** What is in the address or was searched for is looked at, not the end. */
  readonly startsAtEnd: boolean
  readonly onSelect: (selection: Selection | null) => void
  readonly onFollow: (isFollowing: boolean) => void
  readonly onKey: (key: string) => void
  readonly handle: Ref<LogViewportHandle>
}

export function LogViewport(props: Props) {
  const {
    model,
    label,
    settings,
    needle,
    selection,
    hit,
    open,
    hasServer,
    startsAtEnd,
    onSelect,
    onFollow,
    onKey,
    handle,
  } = props
  const snapshot = useSyncExternalStore(model.subscribe, model.snapshot)
  const [heights] = useState(() => createRowHeights(ROW_PX))
  const [scrollTop, setScrollTop] = useState(0)
  const [viewPx, setViewPx] = useState(400)
  const [, redraw] = useState(0)
  const [isFollowing, setFollowing] = useState(startsAtEnd)
  const [seen, setSeen] = useState(0)
  const element = useRef<HTMLDivElement>(null)
  const follows = useRef(startsAtEnd)
  const prepended = useRef(0)
  const relativeNow = useNow()

  const { count } = snapshot
  const total = heights.total(count)
  const scale = scaleOf(total, viewPx)
  const offset = scrollTop * scale
  const first = heights.indexAt(offset, count)
  const lastSeen = heights.indexAt(offset + viewPx, count)
  const from = Math.max(0, first - OVERSCAN)
  const to = Math.min(count - 1, lastSeen + OVERSCAN)

  const follow = useCallback(
    (next: boolean) => {
      if (follows.current === next) return
      follows.current = next
      setFollowing(next)
      setSeen(model.snapshot().arrived)
      onFollow(next)
    },
    [model, onFollow],
  )
  const goTo = useCallback(
    (pixels: number) => {
      const box = element.current
      if (box === null) return
      box.scrollTop = pixels / scaleOf(heights.total(model.snapshot().count), box.clientHeight)
      setScrollTop(box.scrollTop)
    },
    [heights, model],
  )
  useImperativeHandle(
    handle,
    () => ({
      scrollTo(index) {
        follow(false)
        const box = element.current!
        goTo(Math.max(0, heights.top(index) - box.clientHeight / 3))
      },
      visible() {
        const box = element.current!
        const { count: rows } = model.snapshot()
        const top = box.scrollTop * scaleOf(heights.total(rows), box.clientHeight)
        return { from: heights.indexAt(top, rows), to: heights.indexAt(top + box.clientHeight - 1, rows) }
      },
    }),
    [follow, goTo, heights, model],
  )

  useEffect(() => {
    const box = element.current!
    const watch = new ResizeObserver(() => {
      setViewPx(box.clientHeight)
      heights.clear()
      redraw((turn) => turn + 1)
    })
    watch.observe(box)
    return () => watch.disconnect()
  }, [heights])

  // Wrapping changes every height.
  useLayoutEffect(() => {
    heights.clear()
    redraw((turn) => turn + 1)
  }, [heights, settings.isWrapped, model])

  useLayoutEffect(() => {
    const moved = snapshot.prepended - prepended.current
    prepended.current = snapshot.prepended
    if (moved === 0) return
    const before = heights.top(Math.max(0, -moved))
    heights.shift(moved)
    if (!follows.current) goTo(Math.max(0, offset + (moved > 0 ? heights.top(moved) : -before)))
  }, [snapshot.prepended, heights, goTo, offset])

  // Rows are as high as they turn out; what is in view stays where it is.
  useLayoutEffect(() => {
    const box = element.current!
    if (settings.isWrapped || open.size > 0) {
      let above = 0
      let isNew = false
      for (const row of box.querySelectorAll<HTMLElement>('[data-row]')) {
        const index = Number(row.dataset['row'])
        const before = heights.height(index)
        if (!heights.measure(index, row.offsetHeight)) continue
        isNew = true
        if (index < first) above += heights.height(index) - before
      }
      if (isNew) {
        if (!follows.current && above !== 0) goTo(offset + above)
        redraw((turn) => turn + 1)
      }
    }
    if (follows.current && box.scrollTop + box.clientHeight < box.scrollHeight - 1) {
      box.scrollTop = box.scrollHeight
      setScrollTop(box.scrollTop)
    }
  })

  useEffect(() => {
    if (count > 0) model.want(from, to)
    if (from === 0 && !follows.current) model.loadEarlier?.()
  }, [model, from, to, count, snapshot.version])

  const onScroll = () => {
    const box = element.current!
    const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < AT_END_PX
    if (isAtEnd) follow(true)
    else if (box.scrollTop < scrollTop - 1) follow(false)
    setScrollTop(box.scrollTop)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (UP_KEYS.has(event.key)) follow(false)
    if (event.key === 'End') {
      event.preventDefault()
      return follow(true)
    }
    if (selection !== null && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault()
      const next = Math.min(count - 1, Math.max(0, selection.to + (event.key === 'ArrowUp' ? -1 : 1)))
      onSelect(event.shiftKey ? { from: selection.from, to: next } : { from: next, to: next })
      const top = heights.top(next)
      if (top < offset || top + ROW_PX > offset + viewPx) goTo(Math.max(0, top - viewPx / 2))
      return
    }
    if (event.key === 'Enter' && selection === null) return onSelect({ from: first, to: first })
    onKey(event.key)
  }
  const onClick = (event: MouseEvent) => {
    const picked = (event.target as HTMLElement).closest<HTMLElement>('[data-pick]')?.dataset['pick']
    if (picked === undefined) return
    follow(false)
    const index = Number(picked)
    onSelect(
      event.shiftKey && selection !== null ? { from: selection.from, to: index } : { from: index, to: index },
    )
  }

  const fresh = isFollowing ? 0 : snapshot.arrived - seen
  const [low, high] =
    selection === null
      ? [-1, -1]
      : [Math.min(selection.from, selection.to), Math.max(selection.from, selection.to)]
  const rows = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at)
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={element}
        role="region"
        aria-label={label}
        tabIndex={0}
        data-log
        data-following={isFollowing}
        className="absolute inset-0 overflow-auto overscroll-contain bg-surface outline-offset-[-2px]"
        onScroll={onScroll}
        onWheel={(event) => event.deltaY < 0 && follow(false)}
        onTouchMove={() => follows.current && follow(false)}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        <div className="relative min-w-full" style={{ height: Math.min(total, MAX_PIXELS) }}>
          <div
            className={settings.isWrapped ? 'absolute inset-x-0 top-0' : 'absolute top-0 w-max min-w-full'}
            style={{ transform: `translateY(${scrollTop + heights.top(from) - offset}px)` }}
          >
            {rows.map((index) => (
              <LogRow
                key={index - snapshot.prepended}
                entry={model.at(index)}
                index={index}
                settings={settings}
                needle={needle}
                isSelected={index >= low && index <= high}
                isHit={index === hit}
                isOpen={open.has(index)}
                hasServer={hasServer}
                now={settings.times === 'relative' ? relativeNow : 0}
              />
            ))}
          </div>
        </div>
      </div>
      {!isFollowing && (
        <button
          type="button"
          className="absolute bottom-3 left-1/2 inline-flex h-7 -translate-x-1/2 items-center gap-1.5 rounded-full bg-accent px-3 text-xs font-medium text-inverse shadow-float hover:bg-accent-strong"
          onClick={() => follow(true)}
        >
          <ArrowDown aria-hidden className="size-3.5" />
          {fresh > 0 ? LOG_WORDS.newLines(fresh) : LOG_WORDS.toEnd}
        </button>
      )}
      <Announcement fresh={fresh} />
    </div>
  )
}

/** Says how many lines came, now and then; never the lines. */
function Announcement({ fresh }: { readonly fresh: number }) {
  const [said, setSaid] = useState(0)
  const latest = useRef(fresh)
  useEffect(() => {
    latest.current = fresh
  })
  useEffect(() => {
    const timer = setInterval(() => setSaid(latest.current), ANNOUNCE_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <p aria-live="polite" className="sr-only">
      {said > 0 && LOG_WORDS.newLines(said)}
    </p>
  )
}
