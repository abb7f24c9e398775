/**
 * What an adopted process says to an earlier daemon's calls before this daemon has taken them up again: kept until
 * then, where somebody will.
 */
import type { JsonObject } from '../../domain/json.ts'

/** A process has one call at most that may be taken up, and asks little at once. */
const MAX_KEPT = 64

export interface EarlyMail {
  /** Answers to calls that nobody here knows, by the call's number. */
  keepAnswer(number: number, message: JsonObject): void
  /** False when it is to be read now. */
  keepQuestion(read: () => void): boolean
  /** The calls are taken up; what was kept is read, answers last. */
  open(readAnswer: (number: number, message: JsonObject) => void): void
}

/** @param isAwaited somebody will take up a call of an earlier daemon. */
export function createEarlyMail(isAwaited: boolean): EarlyMail {
  let waiting = isAwaited
  const answers = new Map<number, JsonObject>()
  const questions: (() => void)[] = []
  return {
    keepAnswer(number, message) {
      if (waiting && answers.size < MAX_KEPT) answers.set(number, message)
    },
    keepQuestion(read) {
      if (!waiting || questions.length >= MAX_KEPT) return false
      questions.push(read)
      return true
    },
    open(readAnswer) {
      if (!waiting) return
      waiting = false
      for (const read of questions.splice(0)) read()
      for (const [number, message] of answers) readAnswer(number, message)
      answers.clear()
    },
  }
}
