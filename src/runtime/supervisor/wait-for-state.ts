import { AppError } from '../../domain/error.ts'
import type { ServerState } from '../../domain/server-state.ts'
import type { SupervisedServer } from './supervised-server.ts'

/** The first state that `fits`, now or later. When `signal` aborts first it throws what `timedOut` makes. */
export function waitForState(
  server: Pick<SupervisedServer, 'server' | 'state' | 'onChange'>,
  fits: (state: ServerState) => boolean,
  signal?: AbortSignal,
  timedOut?: () => Error,
): Promise<ServerState> {
  if (fits(server.state())) return Promise.resolve(server.state())
  return new Promise((resolve, reject) => {
    const end = () => {
      unsubscribe()
      signal?.removeEventListener('abort', onAbort)
    }
    const onAbort = () => {
      end()
      reject(timedOut?.() ?? new AppError('wait_timeout', `${server.server} did not get there in time.`))
    }
    const unsubscribe = server.onChange((state) => {
      if (!fits(state)) return
      end()
      resolve(state)
    })
    if (signal?.aborted === true) onAbort()
    else signal?.addEventListener('abort', onAbort)
  })
}

/** Neither on its way up nor on its way down. */
export function isDecided(state: ServerState): boolean {
  return state.kind !== 'starting' && state.kind !== 'stopping'
}
