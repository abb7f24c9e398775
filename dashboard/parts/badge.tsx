import type { ReactNode } from 'react'
import { cn } from '../lib/cn.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'idle' | 'accent'

export const TONES: Readonly<Record<Tone, string>> = {
  good: 'bg-good-soft text-good',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  idle: 'bg-idle-soft text-muted',
  accent: 'bg-accent-soft text-accent',
}

export function Badge({ tone = 'idle', children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return (
    <span
      className={cn(
        'inline-flex max-w-full items-center gap-1 truncate rounded-sm px-1.5 py-0.5 text-xs font-medium whitespace-nowrap',
        TONES[tone],
      )}
    >
      {children}
    </span>
  )
}
