/**
 * Tools that ask their client while they run cannot do so in 2026-07-28: the SDKs of servers that speak both eras say so
 * in these words. Such a server helps its clients more when it is spoken to in the older way.
 */
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import type { Outcome } from './call.ts'

const COMPLAINTS: readonly RegExp[] = [
  /no back-channel for server-initiated requests/,
  /cannot be sent while serving a request on that revision/,
]

export function needsOlderEra(outcome: Outcome): boolean {
  if (outcome.kind === 'error') return isComplaint(outcome.error.message)
  if (outcome.kind !== 'result' || outcome.result['isError'] !== true) return false
  const { content } = outcome.result
  return (
    Array.isArray(content) && content.some((block) => isJsonObject(block) && isComplaint(readText(block)))
  )
}

function isComplaint(text: string): boolean {
  return COMPLAINTS.some((complaint) => complaint.test(text))
}

function readText({ text }: JsonObject): string {
  return typeof text === 'string' ? text : ''
}
