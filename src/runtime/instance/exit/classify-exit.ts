/** Which kind of end it was. Pure; whoever asked for it comes first, then the kernel, then the wait status. */
import type { ExitClass } from '../../../domain/exit-class.ts'
import type { ExitCause } from '../../../domain/server-state.ts'

export type ExitFacts = {
  readonly cause: ExitCause
  readonly code: number | null
  readonly signal: string | null
  /** How far it had come: was `initialize` answered? */
  readonly phase: ExitPhase
}

export type ExitPhase = 'starting' | 'serving'

/** What the cause alone says, since the platform or the kernel set it. */
const BY_CAUSE: Readonly<Partial<Record<ExitCause, ExitClass>>> = {
  out_of_memory: 'out_of_memory',
  start_timeout: 'start_timeout',
  health: 'unresponsive',
  protocol: 'protocol',
  platform: 'platform_fault',
}

const CRASHES: readonly string[] = ['SIGSEGV', 'SIGILL', 'SIGBUS', 'SIGFPE', 'SIGABRT', 'SIGTRAP']
const KILLS: readonly string[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP']

/** Null when it was asked for: nothing is to be explained. */
export function classifyExit({ cause, code, signal, phase }: ExitFacts): ExitClass | null {
  if (cause === 'asked') return null
  const told = BY_CAUSE[cause]
  if (told !== undefined) return told
  if (signal === 'SIGSYS') return 'sandbox_denied'
  if (signal === 'SIGXCPU' || signal === 'SIGXFSZ') return 'resource_limit'
  if (signal !== null && CRASHES.includes(signal)) return 'native_crash'
  if (cause === 'signalled' && (signal === null || KILLS.includes(signal))) return 'killed_externally'
  if (cause === 'init_failed') return code === 126 || code === 127 ? 'missing_command' : 'protocol'
  if (code === 0) return phase === 'serving' ? 'clean_exit' : 'not_a_server'
  return 'unknown'
}
