/**
 * The life of a server, as one table.
 *
 *         start, wake         answered         stop, restart, unfit, rest
 *  stopped ───────► starting ─────────► running ──────────────────────► stopping
 *     ▲               ▲  │ exited          │ exited                         │ gone
 *     │           due │  └───────┬─────────┘                                │
 *     │               │          ▼            any other cause               │
 *     │            backoff ◄─ decideRestart ◄───────────────────────────────┤
 *     │                          └──► failed ──start──► starting            │
 *     └──────────────────────────── asked ──────────────────────────────────┘
 *
 * Health, authentication and policy are fields, not states. A state carries what is true in it.
 */

import type { ErrorCode } from './error.ts'
import type { ExitClass } from './exit-class.ts'

/** Why an instance ended. Set once: the first cause wins. */
export const EXIT_CAUSES = [
  'asked',
  'exited',
  'signalled',
  'out_of_memory',
  'start_timeout',
  'init_failed',
  'health',
  'protocol',
  'platform',
] as const
export type ExitCause = (typeof EXIT_CAUSES)[number]

/** One ended instance, as shown to people: `detail` is a sentence, `stderrTail` at most 4 KiB. */
export type Exit = {
  /** The start was refused with this error; absent where a process was made. */
  readonly refusal?: ErrorCode
  readonly cause: ExitCause
  /** Null when it was asked for, and for what was written down before there were classes. */
  readonly class: ExitClass | null
  /** The same for ends that are alike but for numbers and paths; null without a class. */
  readonly fingerprint: string | null
  readonly code: number | null
  readonly signal: string | null
  readonly detail: string
  readonly hint: string | null
  readonly stderrTail: string
  /** How many ends with this fingerprint there were in a row; absent for the first. */
  readonly inARow?: number
  /** Milliseconds since the epoch. */
  readonly at: number
}

export const SERVER_STATUSES = ['stopped', 'starting', 'running', 'stopping', 'backoff', 'failed'] as const
export type ServerStatus = (typeof SERVER_STATUSES)[number]

export const HEALTHS = ['healthy', 'unhealthy', 'unknown'] as const
export type Health = (typeof HEALTHS)[number]

/** Attempts since the last stable run or manual start; times in milliseconds since the epoch. */
export type ServerState =
  /** `idle`: it was stopped because nobody used it, and the next call starts it. */
  | { readonly kind: 'stopped'; readonly lastExit: Exit | null; readonly idle?: true }
  | {
      readonly kind: 'starting'
      readonly attempt: number
      readonly since: number
      readonly deadline: number
      readonly lastExit: Exit | null
    }
  | {
      readonly kind: 'running'
      readonly attempt: number
      readonly since: number
      readonly health: Health
      readonly lastExit: Exit | null
    }
  | {
      readonly kind: 'stopping'
      readonly attempt: number
      readonly since: number
      /** Why it is being stopped; `asked` with `next: 'start'` is a restart, with `rest` nobody used it. */
      readonly cause: ExitCause
      readonly detail: string
      readonly next: 'stop' | 'start' | 'decide' | 'rest'
      readonly lastExit: Exit | null
    }
  | { readonly kind: 'backoff'; readonly attempt: number; readonly nextTry: number; readonly lastExit: Exit }
  | { readonly kind: 'failed'; readonly attempt: number; readonly reason: string; readonly lastExit: Exit }

/** A process is there, or is about to be. */
export function isLiving({ kind }: ServerState): boolean {
  return kind === 'starting' || kind === 'running' || kind === 'stopping'
}

/** Stopped because nobody used it: for everybody who calls it, it is there. */
export function isIdle(state: ServerState): boolean {
  return state.kind === 'stopped' && state.idle === true
}

export type ServerEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'answered' }
  | { readonly kind: 'unfit'; readonly cause: ExitCause; readonly detail: string }
  /** `final`: another try cannot help, for example because the command does not exist. */
  | { readonly kind: 'exited'; readonly exit: Exit; readonly final?: boolean }
  | { readonly kind: 'health'; readonly health: Health }
  | { readonly kind: 'due' }
  /** Nobody used it for a while. */
  | { readonly kind: 'rest' }
  /** A call asks for one that rests. */
  | { readonly kind: 'wake' }

/**
 * Which events each state takes, and where it may go. `transition` in the supervisor implements it;
 * a test holds the picture above, this table, the function and docs/servers.md together.
 */
export const SERVER_TRANSITIONS: Readonly<
  Record<ServerStatus, Partial<Record<ServerEvent['kind'], readonly ServerStatus[]>>>
> = {
  stopped: { start: ['starting'], restart: ['starting'], wake: ['starting'], stop: ['stopped'] },
  starting: {
    answered: ['running'],
    exited: ['backoff', 'failed'],
    unfit: ['stopping'],
    stop: ['stopping'],
    restart: ['stopping'],
  },
  running: {
    exited: ['backoff', 'failed'],
    unfit: ['stopping'],
    stop: ['stopping'],
    restart: ['stopping'],
    health: ['running'],
    rest: ['stopping'],
  },
  stopping: {
    exited: ['stopped', 'starting', 'backoff', 'failed'],
    stop: ['stopping'],
    start: ['stopping'],
    restart: ['stopping'],
    wake: ['stopping'],
  },
  backoff: { due: ['starting'], start: ['starting'], restart: ['starting'], stop: ['stopped'] },
  failed: { start: ['starting'], restart: ['starting'], stop: ['stopped'] },
}

/** `running` desired means running, or in backoff with a visible reason; `stopped` never starts by itself. */
export const DESIRED_STATES = ['running', 'stopped'] as const
export type DesiredState = (typeof DESIRED_STATES)[number]
