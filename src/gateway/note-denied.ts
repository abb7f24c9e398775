import type { IncomingMessage } from 'node:http'
import type { AuditNotes } from '../domain/audit.ts'
import type { ErrorCode } from '../domain/error.ts'
import type { Peer } from '../domain/peer.ts'

/** Writes down that this request was turned away; who asked is known or not. */
export type NoteDenied = (code: ErrorCode, principalId?: string) => void

/** Nothing is read of the request until there is something to write: most are let in. */
export function createNoteDenied(
  notes: AuditNotes,
  req: IncomingMessage,
  server: string,
  readPeer: () => Peer,
): NoteDenied {
  return (code, principalId = 'nobody') =>
    notes.note({
      actor: principalId,
      via: 'gateway',
      ip: readPeer().ip,
      action: `mcp.${req.method === 'DELETE' ? 'end' : 'use'}`,
      resource: `server:${server}`,
      outcome: 'denied',
      requestId: null,
      details: { code },
    })
}
