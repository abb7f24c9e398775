/** Why a sandbox ended, from its own evidence. Pure; the first rule that matches wins. */
import { constants } from 'node:os'
import type { ExitCause } from '../../domain/server-state.ts'

export type EndFacts = {
  /** Who asked for the end and why, if anybody did before it came. */
  readonly asked: { readonly cause: ExitCause; readonly detail: string; readonly hint?: string } | null
  /** Had it to be killed, since it did not end when asked? */
  readonly forced: boolean
  readonly oomKills: number
  /** What bubblewrap wrote: 128 + signal for a signal; null when it was killed itself. */
  readonly exitCode: number | null
  /** Did the program of the command ever take over from the launcher? */
  readonly started: boolean
  readonly memoryMb: number
  readonly memoryPeakBytes: number | null
  readonly program: string
}

export type End = {
  readonly cause: ExitCause
  readonly code: number | null
  readonly signal: string | null
  readonly detail: string
  readonly hint: string | null
}

/** 128 + SIGSYS: the kernel's answer to a system call of a foreign architecture. */
const FORBIDDEN_CALL = 159

export function decideEnd(facts: EndFacts): End {
  const { exitCode: code, memoryMb } = facts
  const signal = code !== null && code > 128 ? signalName(code - 128) : null
  const end = (cause: ExitCause, detail: string, hint: string | null): End => ({
    cause,
    code: signal === null ? code : null,
    signal,
    detail,
    hint,
  })
  if (facts.asked !== null) {
    const force = facts.forced ? ' It went on after SIGTERM and was killed.' : ''
    return end(facts.asked.cause, `${facts.asked.detail}${force}`, facts.asked.hint ?? null)
  }
  if (facts.oomKills > 0) {
    const peak = facts.memoryPeakBytes === null ? '' : `, peak ${toMiB(facts.memoryPeakBytes)} MiB`
    return end(
      'out_of_memory',
      `It needed more than its ${memoryMb} MiB of memory${peak}.`,
      'Raise resource_limits.memory_mb, or make it use less.',
    )
  }
  if (!facts.started && (code === 126 || code === 127)) {
    return end(
      'init_failed',
      `The start command ${facts.program} ${code === 127 ? 'was not found' : 'cannot be executed'}.`,
      'Correct "command" in server_config.json; a script names an interpreter that exists in its first line.',
    )
  }
  if (code === FORBIDDEN_CALL) {
    return end('signalled', 'It was killed for a system call that the sandbox forbids (SIGSYS).', null)
  }
  if (signal !== null) return end('signalled', `It was killed by ${signal}.`, null)
  if (code === 0) {
    const hint = 'A stdio server keeps running and reads its standard input; this one came to its end.'
    return end('exited', 'It ended by itself with code 0.', hint)
  }
  if (code !== null) return end('exited', `It ended by itself with code ${code}.`, null)
  return end(
    'signalled',
    'Its sandbox was killed from outside the platform.',
    'See the system log of the host: an administrator or the host’s own memory killer did it.',
  )
}

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number)
  return found?.[0] ?? `signal ${number}`
}

function toMiB(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}
