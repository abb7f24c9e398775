/**
 * Which generation of the protocol a POST belongs to (R1–R5). The body decides, once; headers only cross-check it,
 * because a proxy may strip a header and must not thereby change the era.
 */
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import {
  CLIENT_CAPABILITIES,
  findEnvelopeIssue,
  isModernVersion,
  MODERN_VERSION,
  PROTOCOL_VERSION,
  readMeta,
} from './envelope.ts'
import { buildFault, buildMismatch, INVALID_PARAMS, INVALID_REQUEST, type Fault } from './fault.ts'
import { parseMessage, type Message, type Notification, type Request } from './message.ts'

/** Header values without outer whitespace; undefined when absent. */
export type ClaimHeaders = { readonly version: string | undefined; readonly method: string | undefined }

export type Classified =
  | { readonly kind: 'legacy'; readonly message: Message }
  | { readonly kind: 'batch'; readonly messages: readonly Message[] }
  | { readonly kind: 'modern'; readonly message: Request | Notification; readonly version: string }
  | { readonly kind: 'reject'; readonly fault: Fault }

export function classify(body: unknown, headers: ClaimHeaders): Classified {
  if (Array.isArray(body)) return classifyBatch(body)
  const message = parseMessage(body)
  if (message === null) return reject(INVALID_REQUEST, 'The body is not a JSON-RPC message.')
  if (message.kind === 'request') return classifyRequest(message, headers)
  return message.kind === 'notification'
    ? classifyNotification(message, headers)
    : { kind: 'legacy', message }
}

function classifyBatch(body: readonly unknown[]): Classified {
  const messages: Message[] = []
  for (const element of body) {
    const params = isJsonObject(element) ? element['params'] : undefined
    if (isJsonObject(params) && hasClaim(params)) {
      return reject(INVALID_REQUEST, `Requests of ${MODERN_VERSION} cannot be sent in an array.`)
    }
    const message = parseMessage(element)
    if (message === null) return reject(INVALID_REQUEST, 'The array holds something that is not JSON-RPC.')
    messages.push(message)
  }
  if (messages.length === 0) return reject(INVALID_REQUEST, 'The array is empty.')
  return { kind: 'batch', messages }
}

function classifyRequest(message: Request, headers: ClaimHeaders): Classified {
  const meta = readMeta(message.params)
  const claimed = meta !== undefined && Object.hasOwn(meta, PROTOCOL_VERSION)
  const headerIsModern = headers.version !== undefined && isModernVersion(headers.version)
  if (message.method === 'initialize' && !(claimed && isValidModernClaim(meta))) {
    if (headerIsModern) return mismatch('initialize is a request of earlier revisions', headers.version)
    return { kind: 'legacy', message }
  }
  if (!claimed) {
    return headerIsModern ? rejectMissing(meta, headers.version) : { kind: 'legacy', message }
  }
  const issue = findEnvelopeIssue(meta)
  if (issue !== null) return rejectEnvelope(issue.key, issue.problem)
  const version = meta[PROTOCOL_VERSION] as string
  return crossCheck(message, version, headers) ?? { kind: 'modern', message, version }
}

function classifyNotification(message: Notification, headers: ClaimHeaders): Classified {
  const meta = readMeta(message.params)
  if (meta !== undefined && Object.hasOwn(meta, PROTOCOL_VERSION)) {
    const version = meta[PROTOCOL_VERSION]
    if (typeof version !== 'string') return rejectEnvelope(PROTOCOL_VERSION, 'expected a string')
    if (headers.version !== undefined && headers.version !== version)
      return mismatch(version, headers.version)
    const checked = isModernVersion(version) ? crossCheck(message, version, headers) : null
    return checked ?? { kind: 'modern', message, version }
  }
  // Notifications carry no claim of their own: here the header is all there is.
  if (headers.version === undefined || !isModernVersion(headers.version)) return { kind: 'legacy', message }
  return (
    crossCheck(message, headers.version, headers) ?? { kind: 'modern', message, version: headers.version }
  )
}

function crossCheck(
  message: Request | Notification,
  version: string,
  headers: ClaimHeaders,
): Classified | null {
  if (headers.version !== undefined && headers.version !== version) return mismatch(version, headers.version)
  if (headers.method !== undefined && headers.method !== message.method) {
    return mismatch(message.method, headers.method)
  }
  return null
}

function hasClaim(params: JsonObject): boolean {
  const meta = readMeta(params)
  return meta !== undefined && Object.hasOwn(meta, PROTOCOL_VERSION)
}

function isValidModernClaim(meta: JsonObject): boolean {
  const version = meta[PROTOCOL_VERSION]
  return typeof version === 'string' && isModernVersion(version) && findEnvelopeIssue(meta) === null
}

function rejectMissing(meta: JsonObject | undefined, version: string | undefined): Classified {
  const keys = [PROTOCOL_VERSION, CLIENT_CAPABILITIES].filter((key) => !Object.hasOwn(meta ?? {}, key))
  const missing = meta === undefined ? ['_meta'] : keys
  const text = `MCP-Protocol-Version says ${version}, but params lack ${missing.join(', ')}.`
  return { kind: 'reject', fault: buildFault(400, INVALID_PARAMS, text, { envelope: { missing } }) }
}

function rejectEnvelope(key: string, problem: string): Classified {
  const text = `Invalid _meta for ${MODERN_VERSION}: ${key}: ${problem}.`
  return { kind: 'reject', fault: buildFault(400, INVALID_PARAMS, text, { envelope: { key, problem } }) }
}

function mismatch(body: string, header: string | undefined): Classified {
  const text = `the header says ${header}, the body ${body}`
  return { kind: 'reject', fault: buildMismatch(text, header ?? '', body) }
}

function reject(code: number, message: string): Classified {
  return { kind: 'reject', fault: buildFault(400, code, message) }
}
