import { useCallback, useState } from 'react'
import { useAsking, type Asked } from '../../lib/mcp/use-asking.ts'
import type { SchemaObject } from '../../lib/schema-form/schema.ts'

export type Answer =
  | ({ readonly kind: 'result' } & Asked)
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'cancelled' }

/** One answer at a time; while the next one comes, the last one stays. */
export function useAnswer(server: string) {
  const { run, cancel, asking } = useAsking()
  const [answer, setAnswer] = useState<Answer | null>(null)
  const request = useCallback(
    async (method: string, params: SchemaObject) => {
      try {
        setAnswer({ kind: 'result', ...(await run({ server, method, params, mayAsk: false })) })
      } catch (error) {
        const isCut = error instanceof DOMException && error.name === 'AbortError'
        setAnswer(isCut ? { kind: 'cancelled' } : { kind: 'failed', error })
      }
    },
    [run, server],
  )
  return { request, cancel, asking, answer }
}
