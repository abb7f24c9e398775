/** SERVER_TRANSITIONS as a function: what an event makes of a state, and what has to be done, as data. */
import type { ExitClass } from '../../domain/exit-class.ts'
import type { Exit, ExitCause, ServerEvent, ServerState, ServerStatus } from '../../domain/server-state.ts'
import type { MemoryRaise } from '../ports.ts'
import { decideRestart, type RestartPolicy } from './restart-policy.ts'

export type Effect =
  | { readonly kind: 'spawn' }
  | { readonly kind: 'stop'; readonly cause: ExitCause; readonly detail: string }
  /** Post `due` after so long; whatever else happens first cancels it. */
  | { readonly kind: 'wake'; readonly afterMs: number }
  | { readonly kind: 'count_restart' }
  /** A manual start: the count of automatic restarts begins anew. */
  | { readonly kind: 'forget_restarts' }
  | { readonly kind: 'save' }
  | {
      readonly kind: 'announce_status'
      readonly status: ServerStatus
      readonly reason: string
      readonly cause: ExitCause | null
      readonly class: ExitClass | null
      readonly attempt: number
      readonly nextTry: number | null
    }
  | { readonly kind: 'announce_health' }

export type TransitionContext = {
  readonly policy: RestartPolicy & { readonly startTimeoutSeconds: number }
  /** Milliseconds since the epoch, for what is shown. */
  readonly now: number
  /** How long it had been running, by the monotonic clock; 0 before it answered. */
  readonly ranMs: number
  /** In [0, 1). */
  readonly random: number
  /** What its next process gets, since this one ran out of memory. */
  readonly raise: MemoryRaise | null
}

export type Transition = { readonly state: ServerState; readonly effects: readonly Effect[] }

/** Pure. An event that a state does not take changes nothing. */
export function transition(state: ServerState, event: ServerEvent, context: TransitionContext): Transition {
  if (state.kind === 'starting' || state.kind === 'running') return leaveLive(state, event, context)
  if (state.kind === 'stopping') return leaveStopping(state, event, context)
  return leaveIdle(state, event, context)
}

type Live = Extract<ServerState, { kind: 'starting' | 'running' }>
type Stopping = Extract<ServerState, { kind: 'stopping' }>
type Idle = Extract<ServerState, { kind: 'stopped' | 'backoff' | 'failed' }>
type Backoff = Extract<ServerState, { kind: 'backoff' }>

function leaveLive(state: Live, event: ServerEvent, context: TransitionContext): Transition {
  switch (event.kind) {
    case 'answered':
      if (state.kind === 'running') return unchanged(state)
      return enterRunning(state, context)
    case 'health':
      if (state.kind === 'starting' || state.health === event.health) return unchanged(state)
      return { state: { ...state, health: event.health }, effects: [{ kind: 'announce_health' }] }
    case 'exited':
      return decideAfterExit(state, event.exit, event.final === true, context)
    case 'unfit':
      return enterStopping(state, event.cause, event.detail, 'decide', context)
    case 'rest':
      if (state.kind === 'starting') return unchanged(state)
      return enterStopping(state, 'asked', 'Nobody used it; the next call starts it.', 'rest', context)
    case 'stop':
      return enterStopping(state, 'asked', 'Stopped on request.', 'stop', context)
    case 'restart':
      return enterStopping(state, 'asked', 'Stopped for a restart on request.', 'start', context)
    default:
      return unchanged(state)
  }
}

/** The first cause stays; a later wish only changes what comes after. */
function leaveStopping(state: Stopping, event: ServerEvent, context: TransitionContext): Transition {
  switch (event.kind) {
    case 'stop':
      return { state: { ...state, next: 'stop' }, effects: [{ kind: 'save' }] }
    case 'start':
    case 'restart':
      return { state: { ...state, next: 'start' }, effects: [{ kind: 'save' }] }
    case 'wake':
      if (state.next !== 'rest') return unchanged(state)
      return { state: { ...state, next: 'start' }, effects: [{ kind: 'save' }] }
    case 'exited':
      if (state.next === 'rest') return enterStopped(event.exit, event.exit.detail, { idle: true })
      if (state.next === 'start') return startAnew({ lastExit: event.exit }, context)
      if (state.next === 'stop') return enterStopped(event.exit, event.exit.detail)
      return decideAfterExit(state, event.exit, event.final === true, context)
    default:
      return unchanged(state)
  }
}

function leaveIdle(state: Idle, event: ServerEvent, context: TransitionContext): Transition {
  if (event.kind === 'start' || event.kind === 'restart') return startAnew(state, context)
  if (event.kind === 'due' && state.kind === 'backoff') return retry(state, context)
  const rests = state.kind === 'stopped' && state.idle === true
  if (event.kind === 'wake' && rests) return enterStarting(0, state.lastExit, 'A call asked for it.', context)
  if (event.kind === 'stop' && (state.kind !== 'stopped' || rests))
    return enterStopped(state.lastExit, 'Stopped on request.')
  return unchanged(state)
}

function unchanged(state: ServerState): Transition {
  return { state, effects: [] }
}

function startAnew(from: { readonly lastExit: Exit | null }, context: TransitionContext): Transition {
  const begun = enterStarting(0, from.lastExit, 'Start requested.', context)
  return { state: begun.state, effects: [{ kind: 'forget_restarts' }, ...begun.effects] }
}

function retry(state: Backoff, context: TransitionContext): Transition {
  const begun = enterStarting(state.attempt, state.lastExit, `Restart ${state.attempt}.`, context)
  return { state: begun.state, effects: [{ kind: 'count_restart' }, ...begun.effects] }
}

function enterStarting(
  attempt: number,
  lastExit: Exit | null,
  reason: string,
  { now, policy }: TransitionContext,
): Transition {
  const deadline = now + policy.startTimeoutSeconds * 1000
  const state: ServerState = { kind: 'starting', attempt, since: now, deadline, lastExit }
  return { state, effects: [...enter(state, reason, NO_EXIT), { kind: 'spawn' }] }
}

function enterRunning({ attempt, lastExit }: Live, { now }: TransitionContext): Transition {
  const state: ServerState = { kind: 'running', attempt, since: now, health: 'healthy', lastExit }
  return { state, effects: enter(state, 'Answered MCP initialize.', NO_EXIT) }
}

function enterStopping(
  { attempt, lastExit }: Live,
  cause: ExitCause,
  detail: string,
  next: Stopping['next'],
  { now }: TransitionContext,
): Transition {
  const state: ServerState = { kind: 'stopping', attempt, since: now, cause, detail, next, lastExit }
  return {
    state,
    effects: [...enter(state, detail, { cause, class: null }), { kind: 'stop', cause, detail }],
  }
}

function enterStopped(lastExit: Exit | null, reason: string, also: { idle?: true } = {}): Transition {
  const state: ServerState = { kind: 'stopped', lastExit, ...also }
  return { state, effects: enter(state, reason, lastExit ?? NO_EXIT) }
}

function decideAfterExit(
  { attempt, lastExit }: Live | Stopping,
  exit: Exit,
  final: boolean,
  { policy, now, ranMs, random, raise }: TransitionContext,
): Transition {
  const { class: kind, inARow = 1 } = exit
  const before = lastExit?.class ?? null
  const ended = { class: kind, before, inARow, ranMs, final, isRaised: raise !== null }
  const decision = decideRestart(attempt, policy, ended, random)
  if (decision.kind === 'give_up') {
    const reason = `${decision.reason}: ${exit.detail}`
    const state: ServerState = { kind: 'failed', attempt: decision.attempt, reason, lastExit: exit }
    return { state, effects: enter(state, reason, exit) }
  }
  const nextTry = now + decision.delayMs
  if (raise !== null) exit = { ...exit, hint: renderRaise(raise) }
  const state: ServerState = { kind: 'backoff', attempt: decision.attempt, nextTry, lastExit: exit }
  return {
    state,
    effects: [...enter(state, exit.detail, exit), { kind: 'wake', afterMs: decision.delayMs }],
  }
}

function renderRaise({ fromMb, toMb }: MemoryRaise): string {
  return `Its memory was raised from ${fromMb} to ${toMb} MiB; haivemind set <name> memory_mb=${fromMb} undoes that.`
}

const NO_EXIT = { cause: null, class: null } as const

/** Every new state is kept and told, before anything is done about it. */
function enter(
  state: ServerState,
  reason: string,
  { cause, class: kind }: Pick<Exit, 'cause' | 'class'> | typeof NO_EXIT,
): Effect[] {
  return [
    { kind: 'save' },
    {
      kind: 'announce_status',
      status: state.kind,
      reason,
      cause,
      class: kind,
      attempt: state.kind === 'stopped' ? 0 : state.attempt,
      nextTry: state.kind === 'backoff' ? state.nextTry : null,
    },
  ]
}
