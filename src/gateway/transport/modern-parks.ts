/**
 * Calls of 2026-07-28 in which a server of an earlier revision may ask back: the client gets its questions as
 * `input_required`, and its retry the rest of the same call (R70–R75).
 */
import type { Json, JsonObject } from '../../domain/json.ts'
import { isJsonObject } from '../../domain/json.ts'
import { mayCall } from '../../domain/principal.ts'
import { parseCapabilityClass, type ProcessKey } from '../../domain/process-key.ts'
import type { CallRequest, Outcome } from '../call.ts'
import {
  CLIENT_CAPABILITIES,
  isLogLevel,
  LOG_LEVEL,
  MODERN_VERSION,
  readMeta,
  stripEnvelope,
} from '../envelope.ts'
import { buildFault, INVALID_PARAMS, type Fault } from '../fault.ts'
import type { HostedLane } from '../hosted-servers.ts'
import { isRequestId, type Request } from '../message.ts'
import { buildInputRequired } from '../modern-result.ts'
import { digestRequest } from '../parks/digest-request.ts'
import { findFreePlace, listPlaces } from '../parks/free-place.ts'
import type { InputRequest } from '../parks/input-request.ts'
import type { CallOwner } from '../parks/park-record.ts'
import type { ParkTable } from '../parks/park-table.ts'
import type { ParkedCall, Visit } from '../parks/parked-call.ts'
import { readUrlElicitations } from '../parks/url-elicitations.ts'
import type { UpstreamConnection } from '../ports.ts'
import { SingleReply } from '../reply.ts'
import { readTrace } from '../trace.ts'
import { ownerOf, type Exchange, type TransportDeps } from './exchange.ts'
import { answerModern, sendFault } from './modern-answer.ts'

/** Only these may be answered with `input_required` (R70). */
const METHODS: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read'])

export type ParkDeps = TransportDeps & { readonly parks: ParkTable }

type Call = {
  readonly exchange: Exchange
  readonly at: HostedLane
  readonly message: Request
  readonly connection: UpstreamConnection
  readonly deps: ParkDeps
  readonly owner: CallOwner
}

/** A retry is one even for a client that no longer says what it can do: it must not run as a new call. */
export function mayAskBack({ era, capabilities }: ProcessKey, { method, params }: Request): boolean {
  if (era !== 'legacy' || !METHODS.has(method)) return false
  return capabilities !== '' || params?.['requestState'] !== undefined
}

/**
 * The process for this request: that of the call it continues; else one where nobody takes their time, since a parked
 * call keeps others of its kind waiting for as long as its client likes.
 */
export function placeParkable(
  exchange: Exchange,
  key: ProcessKey,
  message: Request,
  deps: ParkDeps,
): ProcessKey {
  const { parks } = deps
  if (!mayAskBack(key, message)) return key
  const { serverId, traits } = exchange.hosted
  const state = message.params?.['requestState']
  const known = state === undefined ? null : parks.locate(state, buildOwner(exchange, message))
  if (known !== null) return known
  if (typeof traits().instances !== 'string') return key
  const places = listPlaces(key, deps)
  const own = places.filter((place) => parks.isParkedAt(serverId, place, exchange.principal.id))
  // Whoever answers none of its questions waits for itself.
  const [first] = own
  if (first !== undefined && own.length >= places.length * SHARE) return first
  return findFreePlace(serverId, places, deps) ?? key
}

/** Of the processes that may be waiting for answers, for one principal: others are to find one that does not. */
const SHARE = 0.75

/** What is wrong with a retry before its server is even looked for; null for any other request. */
export function findRetryFault(
  exchange: Exchange,
  { key }: HostedLane,
  message: Request,
  { parks }: ParkDeps,
): Fault | null {
  const state = message.params?.['requestState']
  if (state === undefined || !mayAskBack(key, message)) return null
  const owner = buildOwner(exchange, message)
  // Whoever may not call the tool is told that, as without a state.
  const isClosed = exchange.narrowed && !mayCall(exchange.principal, exchange.server, owner.tool ?? '')
  if (isClosed && message.method === 'tools/call') return null
  const found = parks.look(state, owner)
  return found.kind === 'refused' ? buildStateFault(found.reason) : null
}

/** What a retry gets whose call is lost and whose server is not there to make it again; null for any other request. */
export function findLostFault(
  exchange: Exchange,
  { key }: HostedLane,
  message: Request,
  { parks }: ParkDeps,
): Fault | null {
  const state = message.params?.['requestState']
  if (state === undefined || !mayAskBack(key, message)) return null
  const found = parks.look(state, buildOwner(exchange, message))
  return found.kind === 'lost' ? buildStateFault(LOST) : null
}

export function serveParkable(
  exchange: Exchange,
  at: HostedLane,
  message: Request,
  connection: UpstreamConnection,
  deps: ParkDeps,
): void {
  if (exchange.res.destroyed) return
  const call: Call = { exchange, at, message, connection, deps, owner: buildOwner(exchange, message) }
  const { inputResponses, requestState } = message.params ?? {}
  // Answers to nothing: a first request (protocol, "MRTR").
  if (requestState === undefined) return begin(call)
  if (inputResponses !== undefined && !isJsonObject(inputResponses)) {
    return refuse(call, 'inputResponses must be an object.')
  }
  retry(call, requestState, inputResponses ?? {})
}

function retry(call: Call, state: Json, answers: JsonObject): void {
  const { deps, message, owner } = call
  const looked = deps.parks.look(state, owner)
  const malformed = looked.kind === 'parked' ? looked.call.findMalformed(answers) : null
  if (malformed !== null) {
    return refuse(call, `inputResponses.${malformed} is no answer to what was asked.`)
  }
  const found = deps.parks.find(state, owner)
  switch (found.kind) {
    case 'refused':
      return sendFault(call.exchange, message, buildStateFault(found.reason))
    case 'parked': {
      const visit = openVisit(call)
      found.call.resume(visit, answers)
      return leaveWith(call, found.call, visit)
    }
    case 'again':
      return isDeclined(answers) ? answerDeclined(call) : begin(call)
    case 'lost':
      if (!isRepeatable(call)) return sendFault(call.exchange, message, buildStateFault(LOST))
      return begin(call, keyByQuestion(found.asked, answers))
  }
}

const LOST = 'Its process ended meanwhile, and what the call did until then is not known.'

/** Reading twice is harmless by nature, calling a tool twice only where the tool says so. */
function isRepeatable({ at, message: { method, params } }: Call): boolean {
  const name = params?.['name']
  return method !== 'tools/call' || (typeof name === 'string' && at.tools.isRepeatable(name))
}

function keyByQuestion(asked: Readonly<Record<string, string>>, answers: JsonObject): Map<string, Json> {
  const known = new Map<string, Json>()
  for (const [key, question] of Object.entries(asked)) {
    const answer = Object.hasOwn(answers, key) ? answers[key] : undefined
    if (answer !== undefined) known.set(question, answer)
  }
  return known
}

function begin(call: Call, known?: Map<string, Json>): void {
  const { at, exchange, message, deps, owner } = call
  const visit = openVisit(call)
  const meta = readMeta(message.params)
  const level = meta?.[LOG_LEVEL]
  const sendTo = (parked: ParkedCall, { lane, logs, key }: HostedLane) => {
    if (isLogLevel(level)) logs.need(level)
    const request: CallRequest = {
      method: message.method,
      params: message.params === undefined ? undefined : stripEnvelope(message.params),
      principalId: owner.principalId,
      protocolVersion: MODERN_VERSION,
      trace: readTrace(exchange.req.headers),
      onPush: (push) => parked.take(push),
      onDone: (outcome) => parked.settle(outcome),
      onDisplaced() {
        const next = exchange.hosted.lane(placeParkable(exchange, { ...key, member: 0 }, message, deps))
        deps.parks.move(parked, next.key, () => sendTo(parked, next))
      },
      ...(isRequestId(meta?.['progressToken'])
        ? { onProgress: (params: JsonObject) => parked.tell('notifications/progress', params) }
        : {}),
      ...(isLogLevel(level)
        ? { logs: { level, onLog: (params: JsonObject) => parked.tell('notifications/message', params) } }
        : {}),
    }
    return lane.request(request)
  }
  const send = (parked: ParkedCall) => {
    leaveWith(call, parked, visit)
    return sendTo(parked, at)
  }
  deps.parks.begin(owner, at.key, visit, send, known)
}

/** This request as one that waits for the call. */
function openVisit(call: Call): Visit {
  const { exchange, message, connection, deps, owner } = call
  const reply = new SingleReply(exchange.res, deps.streams, ownerOf(exchange))
  const meta = readMeta(message.params)
  const token = meta?.['progressToken']
  // Its own, which may be less than what the call began with (R72).
  const capabilities = parseCapabilityClass(meta?.[CLIENT_CAPABILITIES], MODERN_VERSION)
  const answer = (outcome: Outcome) =>
    answerModern(exchange, message, outcome, reply, connection.initializeResult)
  const ask = (requests: Readonly<Record<string, InputRequest>>, state: string) => {
    const result = buildInputRequired(requests, state, connection.initializeResult)
    reply.respond({ jsonrpc: '2.0', id: message.id, result })
  }
  return {
    capabilities,
    onAsk: ask,
    onDone(outcome) {
      const needed = outcome.kind === 'error' ? readUrlElicitations(outcome.error) : null
      const isAble = capabilities.split('+').includes('elicitation.url')
      if (needed !== null && isAble) ask(Object.fromEntries(needed), deps.parks.renderAgain(owner))
      else answer(outcome)
    },
    onTold(method, params) {
      if (method !== 'notifications/progress')
        return isLogLevel(meta?.[LOG_LEVEL]) && reply.notify(method, params)
      if (isRequestId(token)) reply.notify(method, { ...params, progressToken: token })
    },
  }
}

/** R63: the connection is the request; without it nobody can take the answer. */
function leaveWith({ exchange: { res } }: Call, parked: ParkedCall, visit: Visit): void {
  res.on('close', () => parked.leave(visit))
}

/** Of what a server wants its user to do first; whoever says nothing is asked again. */
function isDeclined(answers: JsonObject): boolean {
  return Object.values(answers).some((answer) => {
    const action = isJsonObject(answer) ? answer['action'] : undefined
    return action === 'decline' || action === 'cancel'
  })
}

function answerDeclined({ exchange, message, connection, deps }: Call): void {
  const text = 'The user did not agree to what the server needs first.'
  const reply = new SingleReply(exchange.res, deps.streams, ownerOf(exchange))
  const outcome: Outcome =
    message.method === 'tools/call'
      ? { kind: 'result', result: { isError: true, content: [{ type: 'text', text }] } }
      : { kind: 'error', error: { code: INVALID_PARAMS, message: text } }
  answerModern(exchange, message, outcome, reply, connection.initializeResult)
}

function buildOwner({ principal, hosted }: Exchange, { method, params }: Request): CallOwner {
  const name = params?.['name']
  return {
    principalId: principal.id,
    serverId: hosted.serverId,
    method,
    tool: method === 'tools/call' && typeof name === 'string' ? name.slice(0, 128) : null,
    request: digestRequest(method, params),
  }
}

function buildStateFault(reason: string): Fault {
  const text = `This requestState cannot be continued. ${reason} Send the request again without it.`
  return buildFault(200, INVALID_PARAMS, text)
}

function refuse({ exchange, message }: Call, text: string): void {
  sendFault(exchange, message, buildFault(200, INVALID_PARAMS, text))
}
