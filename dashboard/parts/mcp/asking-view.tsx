/** A request that runs: how long, how far, and what it waits for. */
import { cn } from '../../lib/cn.ts'
import { useNow } from '../../lib/now.ts'
import { formatNumber } from '../../lib/format.ts'
import type { Asking, Progress } from '../../lib/mcp/use-asking.ts'
import { VisibleText } from '../content/visible-text.tsx'
import { Questions } from './questions.tsx'
import { ASKING_WORDS } from './words.ts'

export function Elapsed({ asking }: { readonly asking: Asking }) {
  const seconds = Math.max(0, Math.round((useNow() - asking.startedAt) / 1000))
  return (
    <span role="status" className="text-sm text-muted tabular-nums">
      {asking.questions === null ? ASKING_WORDS.running(seconds) : ASKING_WORDS.waits}
    </span>
  )
}

export function AskingView({ server, asking }: { readonly server: string; readonly asking: Asking }) {
  const { progress, questions } = asking
  return (
    <>
      {progress !== null && <ProgressView progress={progress} />}
      {questions !== null && (
        <Questions
          key={questions.list.map(({ key, message }) => `${key} ${message}`).join('\n')}
          server={server}
          list={questions.list}
          onAnswer={questions.answer}
        />
      )}
    </>
  )
}

/** A server's numbers: it may say 5 of 3, or a total only later. */
function ProgressView({ progress: { done, total, message } }: { readonly progress: Progress }) {
  const share = total === null || total <= 0 ? null : Math.min(1, Math.max(0, done / total))
  const words =
    total === null ? formatNumber(done) : ASKING_WORDS.done_of(formatNumber(done), formatNumber(total))
  return (
    <div data-progress className="min-w-0 rounded-lg border border-line bg-surface px-4 py-3 shadow-raised">
      <div className="mb-1.5 flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
        <span className="min-w-0 break-words">
          {message === null ? ASKING_WORDS.progress : <VisibleText text={message.slice(0, 500)} />}
        </span>
        <span className="text-muted tabular-nums">{words}</span>
      </div>
      <div
        role="progressbar"
        aria-label={ASKING_WORDS.progress}
        aria-valuetext={words}
        {...(share === null ? {} : { 'aria-valuenow': Math.round(share * 100) })}
        className="h-1.5 overflow-hidden rounded-full bg-sunken"
      >
        <div
          className={cn(
            'h-full rounded-full bg-accent transition-[width]',
            share === null && 'animate-pulse',
          )}
          style={{ width: `${(share ?? 1) * 100}%` }}
        />
      </div>
    </div>
  )
}
