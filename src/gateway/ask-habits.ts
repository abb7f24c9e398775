/**
 * Which tools ask their callers back, learned from what they do: a server may ask something for any call, yet most
 * tools never do, and calls of those need not wait for each other. A tool counts as quiet after some calls without a
 * question, until it asks once. Forgotten with the process, since the next one may be another version.
 */
import type { CallRequest } from './call.ts'

export interface AskHabits {
  /** Has not been seen to ask, often enough to believe it. */
  isQuiet(request: CallRequest): boolean
  asked(request: CallRequest): void
  /** It ended with an answer. */
  answered(request: CallRequest): void
  forget(): void
}

/** Answers without a question before one is believed. */
const BELIEVED_AFTER = 5
/** Names are the callers': beyond this many, further ones are never believed. */
const MAX_NAMES = 2000

export function createAskHabits(): AskHabits {
  /** Minus infinity: it asked. */
  const quietAnswers = new Map<string, number>()
  const set = (name: string, count: number) => {
    if (quietAnswers.has(name) || quietAnswers.size < MAX_NAMES) quietAnswers.set(name, count)
  }
  return {
    isQuiet: (request) => (quietAnswers.get(nameOf(request)) ?? 0) >= BELIEVED_AFTER,
    asked: (request) => set(nameOf(request), Number.NEGATIVE_INFINITY),
    answered(request) {
      const name = nameOf(request)
      const before = quietAnswers.get(name) ?? 0
      if (before < BELIEVED_AFTER) set(name, before + 1)
    },
    forget: () => quietAnswers.clear(),
  }
}

function nameOf({ method, params }: CallRequest): string {
  const name = params?.['name']
  return typeof name === 'string' ? `${method} ${name.slice(0, 128)}` : method
}
