import { AppError } from '../domain/error.ts'
import type { JsonObject } from '../domain/json.ts'
import type { HostingContext } from './context.ts'
import type { StartSubject } from './start-subject.ts'

/** For the answer to `tools/list`, once the server runs. */
const LIST_MS = 30_000

/**
 * Through the relay that clients use, so that it proves what a client will see. Throws AppError `start_failed` when no
 * answer comes.
 */
export async function listOwnTools(
  context: HostingContext,
  server: string,
  subject: StartSubject,
  cancelled?: AbortSignal,
): Promise<readonly JsonObject[]> {
  const deadline = new AbortController()
  const cancel = context.clock.after(LIST_MS, () => {
    const told = `The server "${server}" runs, but does not answer tools/list.`
    const hint = `See haivemind logs ${server}: it answered initialize, and left tools/list open for ${LIST_MS / 1000} seconds.`
    deadline.abort(new AppError('start_failed', told, { hint }))
  })
  try {
    const cuts = cancelled === undefined ? [] : [cancelled]
    return await subject.listTools(AbortSignal.any([deadline.signal, context.closing, ...cuts]))
  } finally {
    cancel()
  }
}
