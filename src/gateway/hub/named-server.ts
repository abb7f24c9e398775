/**
 * A server as it is reached through the hub: errors of the platform say which server they speak of, the state that a
 * server gives its client comes back to that server only, and what its results link to is known to be its own.
 */
import { AppError } from '../../domain/error.ts'
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import type { CallRequest, LaneTicket, Outcome } from '../call.ts'
import { INVALID_PARAMS } from '../fault.ts'
import type { HostedLane, HostedServer } from '../hosted-servers.ts'
import { asAppError } from '../lane-errors.ts'
import type { Lane } from '../lane.ts'
import type { StateSeal } from '../ports.ts'

export type NamedDeps = {
  readonly server: string
  readonly principalId: string
  readonly seal: StateSeal
  readonly onLink: (uri: string) => void
}

export function nameServer(hosted: HostedServer, deps: NamedDeps): HostedServer {
  const named = new WeakMap<HostedLane, HostedLane>()
  const nameLane = (at: HostedLane): HostedLane => {
    const known = named.get(at) ?? { ...at, lane: wrapLane(at.lane, deps) }
    named.set(at, known)
    return known
  }
  return { ...hosted, lane: (key) => nameLane(hosted.lane(key)) }
}

function wrapLane(lane: Lane, deps: NamedDeps): Lane {
  return {
    ...lane,
    get connection() {
      return lane.connection
    },
    ready: (principalId) =>
      lane.ready(principalId).catch((error: unknown) => {
        throw nameError(asAppError(error), deps.server)
      }),
    request: (request) => requestNamed(lane, request, deps),
  }
}

const NOTHING_SENT: LaneTicket = { cancel: () => {}, release: () => {}, sent: null }

/** Towards a server of an earlier revision the gateway's own state names the server (parks/request-state.ts). */
function requestNamed(lane: Lane, request: CallRequest, deps: NamedDeps): LaneTicket {
  const onDone = (outcome: Outcome) => request.onDone(decideOutcome(outcome, request.method, deps))
  const state = request.params?.['requestState']
  if (lane.key.era !== 'modern' || state === undefined) return lane.request({ ...request, onDone })
  const opened = typeof state === 'string' ? deps.seal.open(state, describeState(deps)) : null
  if (opened === null) {
    const message = `This requestState is not one of ${deps.server}. Send the request again without it.`
    request.onDone({ kind: 'error', error: { code: INVALID_PARAMS, message } })
    return NOTHING_SENT
  }
  return lane.request({ ...request, params: { ...request.params, requestState: opened }, onDone })
}

function decideOutcome(outcome: Outcome, method: string, deps: NamedDeps): Outcome {
  if (outcome.kind === 'failed') return { kind: 'failed', error: nameError(outcome.error, deps.server) }
  if (outcome.kind !== 'result') return outcome
  const { result } = outcome
  if (method === 'tools/call') for (const uri of readLinks(result)) deps.onLink(uri)
  const { requestState } = result
  if (result['resultType'] !== 'input_required' || typeof requestState !== 'string') return outcome
  const sealed = deps.seal.seal(requestState, describeState(deps))
  return { kind: 'result', result: { ...result, requestState: sealed } }
}

function describeState({ server, principalId }: NamedDeps): string {
  return `hub state of ${server} for ${principalId}`
}

function readLinks({ content }: JsonObject): string[] {
  if (!Array.isArray(content)) return []
  return content.filter(isJsonObject).flatMap((block) => {
    if (block['type'] === 'resource_link' && typeof block['uri'] === 'string') return block['uri']
    return []
  })
}

function nameError(error: AppError, server: string): AppError {
  const { code, message, hint, details } = error
  const text = message.includes(server) ? message : `${server}: ${message}`
  return new AppError(code, text, { hint, details: { ...details, server }, cause: error })
}
