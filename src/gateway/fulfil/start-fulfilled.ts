/** A session's call on its way to a server of 2026-07-28. */
import { buildParamHeaders, type ParamHeader } from '../../domain/param-headers.ts'
import type { Clock } from '../../domain/clock.ts'
import { createToken } from '../../system/random.ts'
import type { CallRequest, Ticket } from '../call.ts'
import type { HostedLane } from '../hosted-servers.ts'
import { asAppError } from '../lane-errors.ts'

import type { Session } from '../session.ts'
import { requestFulfilled } from './request-fulfilled.ts'

export function startFulfilled(
  { lane, tools }: HostedLane,
  request: CallRequest,
  session: Session,
  deps: { readonly clock: Clock },
): Ticket {
  const { client, version, logLevel } = session
  const go = (declarations: readonly ParamHeader[]) => {
    const headers = buildParamHeaders(declarations, request.params?.['arguments'])
    const mirrored = Object.keys(headers).length === 0 ? request : { ...request, headers }
    return requestFulfilled(
      lane,
      mirrored,
      { ...client, version, logLevel },
      { clock: deps.clock, createId: () => createToken(16) },
    )
  }
  const tool = request.params?.['name']
  if (request.method !== 'tools/call' || typeof tool !== 'string') return go([])
  const known = tools.find(tool)
  if (known !== undefined) return go(known)
  // A server that speaks HTTP wants arguments mirrored in headers, and its list says which (R26).
  let cancelled = false
  let ticket: Ticket | null = null
  tools
    .load(tool)
    .then((declarations) => {
      if (!cancelled) ticket = go(declarations)
    })
    .catch((error: unknown) => {
      if (!cancelled) request.onDone({ kind: 'failed', error: asAppError(error) })
    })
  return {
    cancel(reason) {
      cancelled = true
      ticket?.cancel(reason)
    },
  }
}
