/** What there is to say of a server, in one sentence; a person reads this before anything else. */
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { formatSpan } from '../../lib/format.ts'
import { HEALTH_WORDS, STATUS_WORDS } from '../../lib/words.ts'

type Described = Pick<
  ServerJson,
  | 'status'
  | 'health'
  | 'version'
  | 'uptime_seconds'
  | 'reason'
  | 'idle'
  | 'attempt'
  | 'max_restarts'
  | 'next_try_at'
  | 'last_exit'
>

export function describeServer(server: Described, now: number): string {
  const { status, health, version, uptime_seconds, reason, idle } = server
  const numbered = version === null ? '' : `, version ${version}`
  if (status === 'running') {
    const since = uptime_seconds === null ? '' : ` for ${formatSpan(uptime_seconds)}`
    return `Running${since}, ${HEALTH_WORDS[health].toLowerCase()}${numbered}.`
  }
  if (status === 'backoff') return describeBackoff(server, now)
  if (status === 'stopped' && idle) return 'Asleep since nobody used it: the next call starts it.'
  return reason === null
    ? `${STATUS_WORDS[status]}${numbered}.`
    : `${STATUS_WORDS[status]}${numbered}: ${endSentence(reason)}`
}

/** "Next try in 12 s (4 of 5): it exited with code 1." A retry is a countdown. */
function describeBackoff(
  { attempt, max_restarts, next_try_at, reason, last_exit }: Described,
  now: number,
): string {
  const seconds = next_try_at === null ? null : Math.ceil((Date.parse(next_try_at) - now) / 1000)
  const when =
    seconds === null
      ? 'Waiting to restart'
      : seconds <= 0
        ? 'Next try now'
        : `Next try in ${formatSpan(seconds)}`
  return `${when} (${attempt} of ${max_restarts}): ${endSentence(last_exit?.detail ?? reason ?? 'it ended')}`
}

function endSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`
}
