/**
 * -32042 of a server of 2025-11-25: it needs its user at some URL first, and the call has ended. To 2026-07-28 that is
 * an elicitation in url mode for each of them; the retry calls again.
 */
import { isJsonObject } from '../../domain/json.ts'
import type { RpcError } from '../fault.ts'
import { buildInputRequest, type InputRequest } from './input-request.ts'

const URL_ELICITATION_REQUIRED = -32042
const MAX_ELICITATIONS = 32

/** The questions, by key; null for any other error, or one that names no usable URL. */
export function readUrlElicitations({ code, data }: RpcError): ReadonlyMap<string, InputRequest> | null {
  const listed = code === URL_ELICITATION_REQUIRED && isJsonObject(data) ? data['elicitations'] : undefined
  if (!Array.isArray(listed)) return null
  const requests = new Map<string, InputRequest>()
  for (const entry of listed.slice(0, MAX_ELICITATIONS)) {
    if (!isJsonObject(entry)) continue
    const built = buildInputRequest('elicitation/create', { ...entry, mode: 'url' }, 'elicitation.url')
    if (built.kind === 'ask') requests.set(`req_${requests.size + 1}`, built.request)
  }
  return requests.size === 0 ? null : requests
}
