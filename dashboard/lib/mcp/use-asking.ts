/** A request that may take its time: progress while it runs, questions on the way, cancel at any moment. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError } from '../api.ts'
import { isObject, numberOf, own, textOf, type SchemaObject } from '../schema-form/schema.ts'
import { ask, type Message } from './ask.ts'
import {
  ASKABLE,
  buildRetry,
  isInputRequired,
  readQuestions,
  type Answers,
  type Question,
} from './questions.ts'

export type Progress = {
  readonly done: number
  readonly total: number | null
  readonly message: string | null
}

export type Asking = {
  readonly startedAt: number
  readonly progress: Progress | null
  /** Set while the server waits for a person. */
  readonly questions: {
    readonly list: readonly Question[]
    readonly answer: (answers: Answers) => void
  } | null
}

export type Asked = {
  readonly result: SchemaObject
  /** What a person thought over is not the server's time. */
  readonly tookMs: number
  readonly messages: readonly Message[]
}

type Request = {
  readonly server: string
  readonly method: string
  readonly params: SchemaObject
  readonly headers?: Readonly<Record<string, string>>
  readonly mayAsk: boolean
  readonly onEnd?: (times: { readonly tookMs: number; readonly messages: readonly Message[] }) => void
}

/** A server that asks for ever asks for nothing. */
const MAX_ROUNDS = 10
const MAX_MESSAGES = 500

export function useAsking() {
  const [asking, setAsking] = useState<Asking | null>(null)
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])

  const run = useCallback(async (request: Request): Promise<Asked> => {
    running.current?.abort()
    const cut = new AbortController()
    running.current = cut
    const isCurrent = () => running.current === cut
    const began = performance.now()
    let waited = 0
    const messages: Message[] = []
    const update = (change: Partial<Asking>) => {
      if (isCurrent()) setAsking((before) => (before === null ? before : { ...before, ...change }))
    }
    const onMessage = (message: Message) => {
      if (messages.length < MAX_MESSAGES) messages.push(message)
      const progress = readProgress(message)
      if (progress !== null) update({ progress })
    }
    const wait = async (list: readonly Question[]): Promise<Answers> => {
      const from = performance.now()
      const answers = await new Promise<Answers>((resolve, reject) => {
        cut.signal.addEventListener('abort', () => reject(cut.signal.reason as Error), { once: true })
        update({ questions: { list, answer: resolve } })
      })
      waited += performance.now() - from
      update({ questions: null, progress: null })
      return answers
    }
    setAsking({ startedAt: Date.now(), progress: null, questions: null })
    const { server, method, headers = {}, mayAsk } = request
    const options = { signal: cut.signal, headers, onMessage, ...(mayAsk ? { capabilities: ASKABLE } : {}) }
    try {
      let { params } = request
      for (let round = 0; round <= MAX_ROUNDS; round += 1) {
        const result = await ask(server, method, params, options)
        if (!isInputRequired(result)) return { result, tookMs: performance.now() - began - waited, messages }
        const questions = readQuestions(result)
        params = buildRetry(request.params, result, questions.length === 0 ? {} : await wait(questions))
      }
      throw new ApiError(200, { code: 'server_error', detail: `It asked more than ${MAX_ROUNDS} times.` })
    } finally {
      request.onEnd?.({ tookMs: performance.now() - began - waited, messages })
      if (isCurrent()) {
        running.current = null
        setAsking(null)
      }
    }
  }, [])
  const cancel = useCallback(() => running.current?.abort(), [])
  return { run, cancel, asking }
}

export function readProgress({ way, message }: Message): Progress | null {
  if (way !== 'received' || textOf(message, 'method') !== 'notifications/progress') return null
  const params = own(message, 'params')
  if (!isObject(params)) return null
  const done = numberOf(params, 'progress')
  return done === null ? null : { done, total: numberOf(params, 'total'), message: textOf(params, 'message') }
}
