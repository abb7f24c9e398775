import type { Access, Caller } from '../access/open-access.ts'
import { AppError } from '../domain/error.ts'

type CallerWatch = {
  /** Fires with the other signal, or when the caller's token or session ends. */
  readonly signal: AbortSignal
  stop(): void
}

/** For what goes on longer than a moment. */
export function watchCaller(
  access: Pick<Access, 'onRevoked' | 'onLapsed' | 'sessions' | 'isCurrent'>,
  caller: Caller,
  signal: AbortSignal,
): CallerWatch {
  const { principal, session } = caller
  const ended = new AbortController()
  const end = () => {
    ended.abort(new AppError('unauthenticated', 'The token or the session ended.'))
  }
  const stops = [
    access.onRevoked((id) => id === principal.id && end()),
    access.onLapsed((id) => id === principal.id && end()),
    access.sessions.onEnded((id) => id === session?.id && end()),
  ]
  // It may have ended since it was asked, when nobody listened yet.
  if (!access.isCurrent(caller)) end()
  return {
    signal: AbortSignal.any([signal, ended.signal]),
    stop() {
      for (const stop of stops.splice(0)) stop()
    },
  }
}

/** Runs a task that ends with its caller; throws `unauthenticated` then, whatever the task makes of it. */
export async function runForCaller<T>(
  access: Parameters<typeof watchCaller>[0],
  caller: Caller & { readonly request: Request },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const watch = watchCaller(access, caller, caller.request.signal)
  try {
    const found = await run(watch.signal)
    throwReason(watch.signal)
    return found
  } catch (error) {
    throwReason(watch.signal)
    throw error
  } finally {
    watch.stop()
  }
}

function throwReason({ reason }: AbortSignal): void {
  if (reason instanceof AppError) throw reason
}
