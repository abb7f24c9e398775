import { useEffect, useRef, useState } from 'react'
import { api, toApiError, type ApiError } from '../../lib/api.ts'
import type { Json, SchemaObject } from '../../lib/schema-form/schema.ts'
import { readFailure, readResult, type Outcome } from '../../lib/tools/outcome.ts'
import { addCall, type Call } from './call-history.ts'

type Ended = { readonly outcome: Outcome; readonly answer: Json }

/** Calls a tool; the call ends when it is cancelled, and when the page is left. */
export function useRun(server: string, tool: string) {
  const [startedAt, setStartedAt] = useState<number | null>(null)
  const [last, setLast] = useState<Call | null>(null)
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])

  const run = async (args: Json) => {
    running.current?.abort()
    const cut = new AbortController()
    running.current = cut
    const began = performance.now()
    setStartedAt(Date.now())
    const { outcome, answer } = await call(server, tool, args, cut.signal)
    if (running.current === cut) running.current = null
    setStartedAt(null)
    setLast(
      addCall({
        server,
        tool,
        args,
        at: new Date().toISOString(),
        tookMs: performance.now() - began,
        outcome,
        answer,
      }),
    )
  }
  return { run, cancel: () => running.current?.abort(), startedAt, last, show: setLast }
}

async function call(server: string, tool: string, args: Json, signal: AbortSignal): Promise<Ended> {
  try {
    const result = await api<SchemaObject>(`/servers/${encodeURIComponent(server)}/call`, {
      json: { tool, arguments: args },
      signal,
    })
    return { outcome: readResult(result), answer: result }
  } catch (error) {
    if (signal.aborted) return { outcome: { kind: 'cancelled' }, answer: null }
    const problem = toApiError(error)
    return { outcome: readFailure(problem), answer: renderProblem(problem) }
  }
}

function renderProblem({ status, code, message, hint, requestId, details }: ApiError): Json {
  return { status, code, detail: message, hint, request_id: requestId, details: details as SchemaObject }
}
