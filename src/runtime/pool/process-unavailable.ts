/** What a caller is told whose process cannot be had while its server runs. */
import { AppError } from '../../domain/error.ts'
import { describeProcessKey, type ProcessKey } from '../../domain/process-key.ts'
import type { ServerState } from '../../domain/server-state.ts'

/** @param now milliseconds since the epoch. */
export function buildProcessUnavailable(
  server: string,
  key: ProcessKey,
  state: ServerState,
  now: number,
): AppError {
  const { lastExit } = state
  const why = lastExit === null ? '' : ` Last exit: ${lastExit.detail}`
  const subject = `The process of ${server} (${describeProcessKey(key)})`
  return new AppError('server_not_running', `${subject} ${renderState(state, now)}.${why}`, {
    hint: `See haivemind logs ${server}. The other processes of the server go on.`,
    details: {
      status: state.kind,
      cause: lastExit?.cause ?? null,
      next_try: state.kind === 'backoff' ? new Date(state.nextTry).toISOString() : null,
    },
  })
}

function renderState(state: ServerState, now: number): string {
  if (state.kind === 'starting') return 'is still starting'
  if (state.kind === 'failed') return 'could not be started'
  if (state.kind !== 'backoff') return 'has ended'
  const seconds = Math.max(0, Math.ceil((state.nextTry - now) / 1000))
  return `ended and may be tried again in ${seconds} s`
}
