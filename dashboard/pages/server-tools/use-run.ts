import { useState } from 'react'
import { buildParamHeaders, scanParamHeaders } from '../../../src/domain/param-headers.ts'
import type { JsonObject } from '../../../src/domain/json.ts'
import { toApiError, type ApiError } from '../../lib/api.ts'
import type { Message } from '../../lib/mcp/ask.ts'
import { useAsking } from '../../lib/mcp/use-asking.ts'
import type { Json, SchemaObject } from '../../lib/schema-form/schema.ts'
import { readFailure, readResult } from '../../lib/tools/outcome.ts'
import type { Tool } from '../../lib/tools/tool.ts'
import { addCall, type Call } from './call-history.ts'

/** Calls a tool; the call ends when it is cancelled, and when the page is left. */
export function useRun(server: string, tool: Tool) {
  const { run: send, cancel, asking } = useAsking()
  const [last, setLast] = useState<Call | null>(null)

  const run = async (args: Json, mayAsk: boolean) => {
    const at = new Date().toISOString()
    let times: { readonly tookMs: number; readonly messages: readonly Message[] } = {
      tookMs: 0,
      messages: [],
    }
    const add = (rest: Pick<Call, 'outcome' | 'answer'>) =>
      setLast(addCall({ server, tool: tool.name, args, at, ...times, ...rest }))
    try {
      const { result } = await send({
        server,
        method: 'tools/call',
        params: { name: tool.name, arguments: args },
        headers: mirrorArguments(tool, args),
        mayAsk,
        onEnd: (ended) => void (times = ended),
      })
      add({ outcome: readResult(result), answer: result })
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') {
        return add({ outcome: { kind: 'cancelled' }, answer: null })
      }
      const problem = toApiError(error)
      add({ outcome: readFailure(problem), answer: renderProblem(problem) })
    }
  }
  return { run, cancel, asking, last, show: setLast }
}

/** Some tools want arguments as headers too; what they declare badly, they do not get. */
function mirrorArguments({ input }: Tool, args: Json): Record<string, string> {
  const scan = scanParamHeaders(input as JsonObject)
  return scan.kind === 'valid' ? buildParamHeaders(scan.declarations, args as JsonObject) : {}
}

function renderProblem({ status, code, message, hint, requestId, details }: ApiError): Json {
  return { status, code, detail: message, hint, request_id: requestId, details: details as SchemaObject }
}
