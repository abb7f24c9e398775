/** What a caller is told whose server cannot take a call. */
import { AppError } from '../../domain/error.ts'
import type { ServerState, ServerStatus } from '../../domain/server-state.ts'

/** Names the state, the last exit's sentence and the next step. @param now milliseconds since the epoch. */
export function buildNotRunning(server: string, state: ServerState, now: number): AppError {
  const { lastExit } = state
  const why = lastExit === null ? '' : ` Last exit: ${lastExit.detail}`
  return new AppError('server_not_running', `${server} ${renderState(state, now)}.${why}`, {
    hint: renderNextStep(server, state),
    details: {
      status: state.kind,
      cause: lastExit?.cause ?? null,
      next_try: state.kind === 'backoff' ? new Date(state.nextTry).toISOString() : null,
    },
  })
}

const WORDS: Readonly<Record<Exclude<ServerStatus, 'backoff'>, string>> = {
  stopped: 'is stopped',
  starting: 'is still starting',
  running: 'is running, but its connection is gone',
  stopping: 'is stopping',
  failed: 'has failed and is not tried again',
}

function renderState(state: ServerState, now: number): string {
  if (state.kind !== 'backoff') return WORDS[state.kind]
  const seconds = Math.max(0, Math.ceil((state.nextTry - now) / 1000))
  return `ended and is tried again in ${seconds} s (attempt ${state.attempt})`
}

function renderNextStep(server: string, { kind }: ServerState): string {
  const start = `haivemind start ${server}`
  if (kind === 'stopped') return `Start it with ${start}.`
  if (kind === 'failed') return `See haivemind logs ${server}; when it is put right, ${start}.`
  if (kind === 'backoff') return `See haivemind logs ${server}, or start it at once with ${start}.`
  return 'Try again in a moment.'
}
