/** A client that calls one tool again and again, and keeps each answer and each error. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LiveSession } from './clients.ts'

export interface CallLoop {
  /** Texts of the answers so far. */
  readonly answers: readonly string[]
  readonly errors: readonly string[]
  /** Answers when the call under way has ended. */
  stop(): Promise<void>
}

export function startCallLoop(
  client: LiveSession,
  tool: string,
  args: Record<string, unknown> = {},
): CallLoop {
  const answers: string[] = []
  const errors: string[] = []
  const over = new AbortController()
  const run = async () => {
    while (!over.signal.aborted) {
      try {
        const { text } = await client.call(tool, args)
        answers.push(text)
      } catch (error) {
        errors.push(error instanceof Error ? error.message : String(error))
      }
      await sleep(5)
    }
  }
  const running = run()
  return {
    answers,
    errors,
    async stop() {
      over.abort()
      await running
      await client.close().catch(() => undefined)
    },
  }
}
