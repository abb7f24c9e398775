import type { IncomingMessage } from 'node:http'
import type { AuditNotes } from '../domain/audit.ts'
import { renderChallenge, type ResourceServer } from '../domain/challenge.ts'
import type { ErrorCode } from '../domain/error.ts'
import type { Peer } from '../domain/peer.ts'
import type { Endpoint } from '../domain/principal.ts'
import { neededScope } from './permission.ts'
import { renderPlace, type Place } from './place.ts'

export type ReadPeer = (req: IncomingMessage) => Peer

export type ArrivalDeps = {
  readonly notes: AuditNotes
  /** Null where no external issuer is configured. */
  readonly resourceServer: ResourceServer | null
}

/**
 * One HTTP request to one hosted server, before anybody knows who asks. Nothing of it is read until it is needed: most
 * are let in. A class, since each call makes one and closures would cost it several times over.
 */
export class Arrival implements Endpoint {
  readonly #deps: ArrivalDeps
  readonly #req: IncomingMessage
  readonly #readPeer: ReadPeer
  readonly place: Place
  /** A session came of it. */
  onBegun: (() => void) | null = null

  constructor(deps: ArrivalDeps, req: IncomingMessage, place: Place, readPeer: ReadPeer) {
    this.#deps = deps
    this.#req = req
    this.#readPeer = readPeer
    this.place = place
  }

  /** The name in the URL. */
  get server(): string {
    return this.place.server
  }

  get host(): string | undefined {
    return this.#req.headers.host
  }

  get path(): string {
    return renderPlace(this.place)
  }

  get connection(): object {
    return this.#req.socket
  }

  readIp(): string | null {
    return this.#readPeer(this.#req).ip
  }

  /** Writes down that this request was turned away; who asked is known or not. */
  noteDenied(code: ErrorCode, principalId = 'nobody'): void {
    this.#deps.notes.note({
      actor: principalId,
      via: 'gateway',
      ip: this.readIp(),
      action: `mcp.${this.#req.method === 'DELETE' ? 'end' : 'use'}`,
      resource: this.place.door === 'hub' ? 'hub' : `server:${this.server}`,
      outcome: 'denied',
      requestId: null,
      details: { code },
    })
  }

  /** WWW-Authenticate for a request whose token, if there is one, is good for nothing. */
  challengeUnknown(): string {
    const sent = this.#req.headers.authorization !== undefined
    return renderChallenge(this.#deps.resourceServer, this, {
      ...(sent ? { error: 'invalid_token' } : {}),
      grants: [this.#need()],
    })
  }

  /** @param server where it is not the one in the URL. */
  #need(tool?: string, server?: string): string {
    const isWhole = this.place.door === 'hub' && server === undefined
    return isWhole ? 'mcp:call' : neededScope(server ?? this.server, tool)
  }

  /** WWW-Authenticate for what is not granted: the server, or one of its tools. */
  challenge(tool?: string, server?: string): string {
    return renderChallenge(this.#deps.resourceServer, this, {
      error: 'insufficient_scope',
      grants: [this.#need(tool, server)],
    })
  }
}
