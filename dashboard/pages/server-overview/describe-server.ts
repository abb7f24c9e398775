/** What there is to say of a server, in one sentence; a person reads this before anything else. */
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { formatSpan } from '../../lib/format.ts'
import { HEALTH_WORDS, STATUS_WORDS } from '../../lib/words.ts'

type Described = Pick<
  ServerJson,
  'status' | 'health' | 'version' | 'uptime_seconds' | 'reason' | 'idle' | 'restarts' | 'last_exit'
>

export function describeServer(server: Described): string {
  const { status, health, version, uptime_seconds, reason, idle } = server
  const numbered = version === null ? '' : `, version ${version}`
  if (status === 'running') {
    const since = uptime_seconds === null ? '' : ` for ${formatSpan(uptime_seconds)}`
    return `Running${since}, ${HEALTH_WORDS[health].toLowerCase()}${numbered}.`
  }
  if (status === 'stopped' && idle) return 'Asleep since nobody used it: the next call starts it.'
  return reason === null
    ? `${STATUS_WORDS[status]}${numbered}.`
    : `${STATUS_WORDS[status]}${numbered}: ${reason}`
}
