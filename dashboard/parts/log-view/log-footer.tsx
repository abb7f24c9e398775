import { Braces, Copy, Link, X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { prettyJson } from '../../lib/log/log-entry.ts'
import type { LogModel } from '../../lib/log/log-model.ts'
import { Button } from '../button.tsx'
import { showToast } from '../toast.tsx'
import type { Selection } from './log-viewport.tsx'
import { LOG_WORDS } from './words.ts'

/** What can be done with the picked lines, and with those in view. */
export function LogFooter({
  model,
  selection,
  open,
  copy,
  toggleJson,
  visible,
  onDeselect,
}: {
  readonly model: LogModel
  readonly selection: Selection | null
  readonly open: ReadonlySet<number>
  readonly copy: (range: Selection) => Promise<void>
  readonly toggleJson: (index: number) => void
  readonly visible: () => Selection
  readonly onDeselect: () => void
}) {
  const snapshot = useSyncExternalStore(model.subscribe, model.snapshot)
  if (snapshot.count === 0) return null
  const picked = selection === null ? undefined : model.at(selection.from)
  const copyLink = async () => {
    await navigator.clipboard.writeText(location.href)
    showToast(LOG_WORDS.copied)
  }
  return (
    <div className="flex min-h-9 flex-wrap items-center gap-x-2 gap-y-1 border-t border-line px-3 py-1 text-xs text-muted">
      {selection === null || !picked ? (
        <>
          <span className="mr-auto">
            {snapshot.isCut ? LOG_WORDS.cut(snapshot.count) : LOG_WORDS.lines(snapshot.count)}
          </span>
          <Button variant="ghost" size="sm" icon={Copy} onClick={() => void copy(visible())}>
            {LOG_WORDS.copyVisible}
          </Button>
        </>
      ) : (
        <>
          <span className="mr-auto text-text">
            {LOG_WORDS.selected(picked.cursor, Math.abs(selection.to - selection.from) + 1)}
          </span>
          <Button variant="ghost" size="sm" icon={Copy} onClick={() => void copy(selection)}>
            {LOG_WORDS.copyLines(Math.abs(selection.to - selection.from) + 1)}
          </Button>
          <Button variant="ghost" size="sm" icon={Link} onClick={() => void copyLink()}>
            {LOG_WORDS.copyLink}
          </Button>
          {prettyJson(picked.text) !== null && (
            <Button variant="ghost" size="sm" icon={Braces} onClick={() => toggleJson(selection.from)}>
              {open.has(selection.from) ? LOG_WORDS.closeJson : LOG_WORDS.openJson}
            </Button>
          )}
          <Button variant="ghost" size="sm" icon={X} aria-label={LOG_WORDS.deselect} onClick={onDeselect} />
        </>
      )}
    </div>
  )
}
