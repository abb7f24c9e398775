import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/error.ts'
import type { Principal } from '../../domain/principal.ts'
import type { Logger } from '../../system/log.ts'
import type { Arrival } from '../arrival.ts'
import type { GatewayConfig } from '../gateway-config.ts'
import type { HostedLane, HostedServer } from '../hosted-servers.ts'
import type { HubVisit } from '../hub/merge-lists.ts'
import type { Tasks, UpstreamConnection } from '../ports.ts'
import type { SlowAnswers } from '../slow-answers.ts'
import type { StreamOwner, Streams } from '../streams.ts'

/** One authenticated HTTP request to one hosted server. */
export type Exchange = {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly principal: Principal
  /** The name in the URL. */
  readonly server: string
  readonly hosted: HostedServer
  /** Only some of the server's tools are granted. */
  readonly narrowed: boolean
  /** Principals that stopped being valid while this request was on its way. */
  readonly revoked: ReadonlySet<string>
  readonly arrival: Arrival
  /** Of the hub, until it is known which server the request is for. */
  readonly visit: HubVisit | null
}

export type TransportDeps = {
  readonly config: GatewayConfig
  readonly streams: Streams
  readonly slow: SlowAnswers
  readonly tasks: Tasks
  readonly clock: Clock
  readonly logger: Logger
}

/** A header's value without outer whitespace; a repeated one arrives joined and matches nothing. */
export function readHeader(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name]
  return typeof value === 'string' ? value.trim() : undefined
}

/** At once when the server is known to run, else when it answers; `fail` gets whatever prevents it. */
export function withConnection(
  exchange: Exchange,
  { lane }: HostedLane,
  run: (connection: UpstreamConnection) => void,
  fail: (error: unknown) => void,
): void {
  const { connection } = lane
  if (connection !== null) return run(connection)
  lane
    .ready(exchange.principal.id)
    .then((opened) => {
      if (isRevoked(exchange)) fail(buildRevoked())
      else if (!exchange.res.destroyed) run(opened)
    })
    .catch(fail)
}

/** To be asked again after every wait: a body or a starting server may take longer than a token lives. */
export function isRevoked({ revoked, principal }: Exchange): boolean {
  return revoked.has(principal.id)
}

export function buildRevoked(): AppError {
  return new AppError('unauthenticated', 'The token was revoked.')
}

export function ownerOf({ principal, hosted }: Exchange): StreamOwner {
  return { principalId: principal.id, serverId: hosted.serverId }
}
