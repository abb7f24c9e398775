/** Calls of this tab. In memory alone: arguments may hold what nobody wants kept. */
import { useSyncExternalStore } from 'react'
import type { Json } from '../../lib/schema-form/schema.ts'
import type { Message } from '../../lib/mcp/ask.ts'
import type { Outcome } from '../../lib/tools/outcome.ts'

export type Call = {
  readonly id: number
  readonly server: string
  readonly tool: string
  readonly args: Json
  readonly at: string
  readonly tookMs: number
  readonly outcome: Outcome
  /** The answer as it came: a result, or a problem. */
  readonly answer: Json
  readonly messages: readonly Message[]
}

const MAX_CALLS = 50
const watchers = new Set<() => void>()
let calls: readonly Call[] = []
let count = 0

export function addCall(call: Omit<Call, 'id'>): Call {
  const added = { ...call, id: ++count }
  calls = [added, ...calls].slice(0, MAX_CALLS)
  for (const watch of watchers) watch()
  return added
}

export function useCalls(server: string, tool: string): readonly Call[] {
  const all = useSyncExternalStore(
    (watch) => {
      watchers.add(watch)
      return () => watchers.delete(watch)
    },
    () => calls,
  )
  return all.filter((call) => call.server === server && call.tool === tool)
}
