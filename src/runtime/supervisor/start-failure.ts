/** A start that never became a process, told as an exit. */
import { AppError, ERRORS } from '../../domain/error.ts'
import type { Exit } from '../../domain/server-state.ts'

export type StartFailure = { readonly exit: Exit; readonly final: boolean }

/** @param now milliseconds since the epoch. */
export function buildStartFailure(error: unknown, now: number): StartFailure {
  const known = error instanceof AppError ? error : new AppError('internal', ERRORS.internal.title)
  const callersFault = ERRORS[known.code].fault === 'caller'
  const exit: Exit = {
    cause: callersFault ? 'init_failed' : 'platform',
    code: null,
    signal: null,
    detail: known.message,
    hint: known.hint,
    stderrTail: '',
    at: now,
  }
  // What the archive or the host lacks is not there in five seconds either.
  return { exit, final: callersFault || known.code === 'isolation_too_weak' }
}

/** The shell's convention, kept by the launcher: 126 cannot be executed, 127 not found. */
export function isHopeless({ cause, code }: Exit): boolean {
  return cause === 'init_failed' && (code === 126 || code === 127)
}
