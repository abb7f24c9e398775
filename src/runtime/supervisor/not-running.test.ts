import { describe, expect, it } from 'vitest'
import type { Exit, ServerState } from '../../domain/server-state.ts'
import { buildNotRunning } from './not-running.ts'

const lastExit: Exit = {
  cause: 'out_of_memory',
  class: 'unknown',
  fingerprint: null,
  code: null,
  signal: 'SIGKILL',
  detail: 'It took more than 128 MiB.',
  hint: null,
  stderrTail: '',
  at: 0,
}

describe('buildNotRunning', () => {
  it.each<[ServerState, string, string]>([
    [{ kind: 'stopped', lastExit: null }, 'alpha is stopped.', 'Start it with haivemind start alpha.'],
    [
      { kind: 'backoff', attempt: 2, nextTry: 8500, lastExit },
      'alpha ended and is tried again in 8 s (attempt 2). Last exit: It took more than 128 MiB.',
      'See haivemind logs alpha, or start it at once with haivemind start alpha.',
    ],
    [
      { kind: 'failed', attempt: 5, reason: '', lastExit },
      'alpha has failed and is not tried again. Last exit: It took more than 128 MiB.',
      'See haivemind logs alpha; when it is put right, haivemind start alpha.',
    ],
  ])('names state, last exit and next step', (state, message, hint) => {
    expect(buildNotRunning('alpha', state, 1000)).toMatchObject({ code: 'server_not_running', message, hint })
  })
})
