import { AppError } from '../../domain/error.ts'
import { isJsonObject } from '../../domain/json.ts'
import type { Principal } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import { watchCaller } from '../watch-caller.ts'

export interface ListenStreams {
  /** Throws AppError `busy`. */
  open(principal: Principal, request: Request, answer: () => Promise<Response>): Promise<Response>
}

/** The SDK keeps such a stream open until its client leaves, and knows neither tokens nor how many one may have. */
export function createListenStreams({
  access,
  maxStreams,
}: Pick<ApiDeps, 'access' | 'maxStreams'>): ListenStreams {
  const counts = new Map<string, number>()
  const count = (id: string, change: number) => {
    const next = (counts.get(id) ?? 0) + change
    if (next === 0) counts.delete(id)
    else counts.set(id, next)
  }
  return {
    async open(principal, request, answer) {
      const { id } = principal
      if ((counts.get(id) ?? 0) >= maxStreams.perPrincipal) {
        throw new AppError('busy', `There are ${maxStreams.perPrincipal} open streams of this token already.`)
      }
      count(id, 1)
      const watch = watchCaller(access, { principal, session: null }, request.signal)
      let isOpen = true
      const leave = () => {
        if (!isOpen) return
        isOpen = false
        watch.stop()
        count(id, -1)
      }
      try {
        const response = await answer()
        if (response.body === null) {
          leave()
          return response
        }
        const relay = new TransformStream<Uint8Array, Uint8Array>({
          start(controller) {
            const end = () => {
              // Ends this side in order, and cancels the SDK's.
              controller.terminate()
              leave()
            }
            if (watch.signal.aborted) end()
            else watch.signal.addEventListener('abort', end, { once: true })
          },
          flush: leave,
          cancel: leave,
        })
        return new Response(response.body.pipeThrough(relay), response)
      } catch (error) {
        leave()
        throw error
      }
    },
  }
}

export function isListen(message: unknown): boolean {
  return isJsonObject(message) && message['method'] === 'subscriptions/listen'
}
