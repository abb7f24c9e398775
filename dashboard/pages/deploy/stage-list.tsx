import {
  Circle,
  CircleCheck,
  CircleDashed,
  CircleX,
  LoaderCircle,
  TriangleAlert,
  type LucideIcon,
} from 'lucide-react'
import type { ReactNode } from 'react'
import type { OperationJson } from '../../../src/api/schema/operation.ts'
import { useActorName } from '../../lib/actor.ts'
import { cn } from '../../lib/cn.ts'
import { formatMs, formatSpan } from '../../lib/format.ts'
import { useNow } from '../../lib/now.ts'
import { OPERATION_WORDS as WORDS } from './words.ts'

type Stage = OperationJson['stages'][number]
/** Longer than this is worth a word. */
const USUAL_S = 60

const ICONS: Readonly<Record<Stage['status'], readonly [icon: LucideIcon, color: string]>> = {
  pending: [Circle, 'text-muted'],
  running: [LoaderCircle, 'text-accent'],
  succeeded: [CircleCheck, 'text-good'],
  skipped: [CircleDashed, 'text-muted'],
  failed: [CircleX, 'text-bad'],
}

export function StageList({
  operation,
  cancel,
}: {
  readonly operation: OperationJson
  /** Beside a stage that is stuck. */
  readonly cancel: ReactNode
}) {
  return (
    <ol>
      {operation.stages.map((stage) => (
        <StageItem key={stage.stage} stage={stage} operation={operation} cancel={cancel} />
      ))}
    </ol>
  )
}

function StageItem({
  stage: { stage, status, note, log, seconds, started_at, limit_seconds: limit },
  operation,
  cancel,
}: {
  readonly stage: Stage
  readonly operation: OperationJson
  readonly cancel: ReactNode
}) {
  const now = useNow()
  const nameActor = useActorName()
  const [label, about] = WORDS.stages[stage]
  const isOn = status === 'running' && operation.status === 'running'
  const running = isOn && started_at !== null ? (now - Date.parse(started_at)) / 1000 : 0
  const isStuck = limit !== null && running > limit
  const [Icon, color] = isStuck ? ([TriangleAlert, 'text-warn'] as const) : ICONS[status]
  const word =
    status === 'pending' && operation.status !== 'running'
      ? WORDS.notReached
      : isStuck
        ? WORDS.isStuck
        : WORDS.statuses[status]
  return (
    <li className="border-b border-line px-4 py-3 text-sm last:border-0">
      <div className="flex items-start gap-3">
        <Icon
          aria-hidden
          className={cn('mt-0.5 size-4 shrink-0', color, isOn && !isStuck && 'animate-spin')}
        />
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-baseline gap-x-2">
            <span className={cn('font-medium', status === 'pending' && 'text-muted')}>{label}</span>
            <span className="text-xs text-muted">{word}</span>
          </p>
          <p className="break-words text-muted">{note ?? about}</p>
          {isStuck ? (
            <div role="alert" className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1.5">
              <p className="min-w-0 flex-1 basis-56 font-medium break-words text-warn">
                {WORDS.stuck(label, formatMinutes(running), formatSpan(limit), nameActor(operation.actor))}
              </p>
              {cancel}
            </div>
          ) : (
            running > USUAL_S &&
            limit !== null && <p className="mt-1 text-warn">{WORDS.slow(formatSpan(limit))}</p>
          )}
          {(log !== '' || status === 'failed') && (
            <details className="mt-1" open={status === 'failed'}>
              <summary className="inline-flex min-h-6 cursor-pointer items-center text-xs text-muted hover:text-text">
                {WORDS.log}
              </summary>
              <pre
                tabIndex={0}
                role="region"
                aria-label={`${WORDS.log}: ${label}`}
                className="max-h-80 overflow-auto rounded-md border border-line bg-sunken px-3 py-2 text-xs break-words whitespace-pre-wrap"
              >
                {log === '' ? WORDS.noLog : log}
              </pre>
            </details>
          )}
        </div>
        <span className="shrink-0 text-xs text-muted tabular-nums">
          {isOn ? formatSpan(running) : seconds === null ? '' : formatMs(seconds * 1000)}
        </span>
      </div>
    </li>
  )
}

/** An alert is read out whenever it changes: once a minute will do. */
function formatMinutes(seconds: number): string {
  return formatSpan(seconds < 60 ? seconds : Math.floor(seconds / 60) * 60)
}
