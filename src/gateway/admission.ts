/** Who may come in, and to what. In order: who asks, how much, may they come here, is the server there (R145). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '../domain/error.ts'
import { parseChosen } from '../domain/hub.ts'
import { mayCall, type Principal } from '../domain/principal.ts'
import { sendProblem } from '../system/problem.ts'
import type { Arrival } from './arrival.ts'
import type { HostedServers } from './hosted-servers.ts'
import type { Hub } from './hub/hub.ts'
import type { Pace } from './pace.ts'
import { buildForbidden, buildHubForbidden, isNarrowed, mayUseHub } from './permission.ts'
import type { Upstreams } from './ports.ts'
import type { Exchange } from './transport/exchange.ts'

export type AdmissionDeps = {
  readonly pace: Pace
  /** Principals that stopped being valid; one that is valid after all is taken out. */
  readonly revoked: Set<string>
  readonly upstreams: Pick<Upstreams, 'findByName'>
  readonly servers: Pick<HostedServers, 'get'>
  readonly hub: Pick<Hub, 'view'>
}

/** Null: it was refused, and the answer is given. */
export type Admission = (
  req: IncomingMessage,
  res: ServerResponse,
  arrival: Arrival,
  principal: Principal | null,
) => Exchange | null

export function createAdmission({ pace, revoked, upstreams, servers, hub }: AdmissionDeps): Admission {
  const admit: Admission = (req, res, arrival, principal) => {
    const { server } = arrival
    if (principal === null) {
      arrival.noteDenied('unauthenticated')
      refuseUnauthenticated(req, res, arrival)
      return null
    }
    if (!pace.admit(principal, res)) return null
    // Valid after all: for example, its expiry was moved.
    revoked.delete(principal.id)
    if (arrival.place.door === 'hub') return admitToHub(req, res, arrival, principal)
    // The grant comes first: without it nobody learns which names exist.
    if (!mayCall(principal, server)) {
      arrival.noteDenied('forbidden', principal.id)
      sendProblem(res, buildForbidden(server), { 'WWW-Authenticate': arrival.challenge() })
      return null
    }
    const serverId = upstreams.findByName(server)
    if (serverId === null) {
      sendProblem(res, new AppError('server_not_found', `There is no server named ${server}.`))
      return null
    }
    const narrowed = isNarrowed(principal, server)
    const hosted = servers.get(serverId)
    return { req, res, principal, server, hosted, narrowed, revoked, arrival, visit: null }
  }

  const admitToHub = (
    req: IncomingMessage,
    res: ServerResponse,
    arrival: Arrival,
    principal: Principal,
  ): Exchange | null => {
    if (!mayUseHub(principal)) {
      arrival.noteDenied('forbidden', principal.id)
      sendProblem(res, buildHubForbidden(), { 'WWW-Authenticate': arrival.challenge() })
      return null
    }
    const chosen = parseChosen(req.url ?? '')
    if (typeof chosen === 'string') {
      sendProblem(res, new AppError('invalid_request', chosen))
      return null
    }
    const view = hub.view(principal)
    const visit = { view, chosen, principal }
    const { server } = arrival
    return { req, res, principal, server, hosted: view.hosted, narrowed: false, revoked, arrival, visit }
  }

  return admit
}

export function refuseUnauthenticated(req: IncomingMessage, res: ServerResponse, arrival: Arrival): void {
  const sent = req.headers.authorization !== undefined
  const text = sent ? 'The token is unknown, expired or revoked.' : 'This endpoint needs a bearer token.'
  sendProblem(res, new AppError('unauthenticated', text), {
    'WWW-Authenticate': arrival.challengeUnknown(),
  })
}
