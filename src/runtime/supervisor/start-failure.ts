/** A start that never became a process, told as an exit. */
import { AppError, ERRORS, type ErrorCode } from '../../domain/error.ts'
import type { ExitClass } from '../../domain/exit-class.ts'
import type { Exit } from '../../domain/server-state.ts'
import { buildFingerprint } from '../instance/exit/fingerprint.ts'

/** Told by its own code, and not tried again: only somebody's hand changes it. */
const REFUSALS: readonly ErrorCode[] = [
  'isolation_too_weak',
  'approval_required',
  'secret_missing',
  'secret_unreadable',
  'keys_locked',
]

/** Where the code says more than whose fault it is. */
const CLASSES: Readonly<Partial<Record<ErrorCode, ExitClass>>> = {
  command_not_found: 'missing_command',
  secret_missing: 'missing_secret',
  secret_unreadable: 'missing_secret',
}

export type StartFailure = { readonly exit: Exit; readonly final: boolean }

/** @param now milliseconds since the epoch. */
export function buildStartFailure(error: unknown, now: number): StartFailure {
  const known = error instanceof AppError ? error : new AppError('internal', ERRORS.internal.title)
  const callersFault = ERRORS[known.code].fault === 'caller'
  const isRefused = REFUSALS.includes(known.code)
  const kind = CLASSES[known.code] ?? (callersFault ? 'unknown' : 'platform_fault')
  const exit: Exit = {
    cause: callersFault ? 'init_failed' : 'platform',
    class: kind,
    fingerprint: buildFingerprint(kind, known.message),
    code: null,
    signal: null,
    detail: known.message,
    hint: known.hint,
    stderrTail: '',
    at: now,
    ...(isRefused ? { refusal: known.code } : {}),
  }
  // What the archive or the host lacks is not there in five seconds either.
  return { exit, final: callersFault || isRefused }
}

/** The shell's convention, kept by the launcher: 126 cannot be executed, 127 not found. */
export function isHopeless({ cause, code }: Exit): boolean {
  return cause === 'init_failed' && (code === 126 || code === 127)
}

/** For whoever waits for an answer of a server that has ended. */
export function buildLostError(server: string, exit: Exit): AppError {
  return new AppError('server_stopped_answering', `${server} ended before it answered: ${exit.detail}`, {
    hint: exit.hint?.replaceAll('<name>', server),
    details: { cause: exit.cause },
  })
}
