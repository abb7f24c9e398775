/** A word with a shape of its own beside it: never colour alone. */
import {
  Circle,
  CircleCheck,
  CircleX,
  LoaderCircle,
  RotateCw,
  TriangleAlert,
  type LucideIcon,
} from 'lucide-react'
import type { Health, ServerStatus } from '../../src/domain/server-state.ts'
import { cn } from '../lib/cn.ts'
import { HEALTH_WORDS, STATUS_WORDS } from '../lib/words.ts'
import type { Tone } from './badge.tsx'

const STATUSES: Readonly<Record<ServerStatus, readonly [tone: Tone, icon: LucideIcon]>> = {
  running: ['good', CircleCheck],
  starting: ['accent', LoaderCircle],
  stopping: ['idle', LoaderCircle],
  stopped: ['idle', Circle],
  backoff: ['warn', RotateCw],
  failed: ['bad', CircleX],
}
const TEXT: Readonly<Record<Tone, string>> = {
  good: 'text-good',
  warn: 'text-warn',
  bad: 'text-bad',
  idle: 'text-muted',
  accent: 'text-accent',
}

/** With a health that is not good the word says so: "Running, unhealthy". */
export function Status({
  status,
  health = 'unknown',
  isIdle = false,
}: {
  readonly status: ServerStatus
  readonly health?: Health
  readonly isIdle?: boolean
}) {
  const isUnwell = status === 'running' && health === 'unhealthy'
  const [tone, Icon] = isUnwell ? (['warn', TriangleAlert] as const) : STATUSES[status]
  const word = isIdle && status === 'stopped' ? 'Asleep' : STATUS_WORDS[status]
  return (
    <span
      className={cn(
        'inline-flex items-center gap-1.5 align-middle font-medium whitespace-nowrap',
        TEXT[tone],
      )}
    >
      <Icon aria-hidden className={cn('size-3.5 shrink-0', Icon === LoaderCircle && 'animate-spin')} />
      {isUnwell ? `${word}, ${HEALTH_WORDS.unhealthy.toLowerCase()}` : word}
    </span>
  )
}
