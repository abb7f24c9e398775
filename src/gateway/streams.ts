/** Open event streams: kept alive together, counted for each principal, cut when a reader does not keep up. */
import type { ServerResponse } from 'node:http'
import type { Clock } from '../domain/clock.ts'
import type { ServerId } from '../domain/id.ts'
import type { JsonObject } from '../domain/json.ts'
import type { GatewayConfig } from './gateway-config.ts'

export type StreamOwner = { readonly principalId: string; readonly serverId: ServerId }

export interface EventStream {
  readonly owner: StreamOwner
  send(message: JsonObject): void
  /** Ends it in order; `last` is sent first. */
  end(last?: JsonObject): void
  /** What `end` says when the gateway itself ends the stream: it stops, or the server or the token is gone. */
  endsWith(last: JsonObject): void
  /** Called once, whoever ended it; at once when it is over already. */
  onClosed(listener: () => void): void
}

/** `standing` streams (GET, listen) count against the principal's limit; answers to calls are bounded by the calls. */
type StreamKind = 'standing' | 'answer'

export interface Streams {
  canOpen(principalId: string): boolean
  open(res: ServerResponse, owner: StreamOwner, kind: StreamKind): EventStream
  /** Ends those of one principal or one server in order, or all. */
  closeAll(owner: Partial<StreamOwner>): void
}

const HEADERS = [
  'Content-Type',
  'text/event-stream',
  'Cache-Control',
  'no-cache, no-transform',
  'X-Accel-Buffering',
  'no',
]

export function createStreams(config: GatewayConfig, clock: Clock): Streams {
  const open = new Map<EventStream, { readonly res: ServerResponse; readonly kind: StreamKind }>()
  let ticking = false

  const tick = () => {
    if (ticking) return
    ticking = true
    clock.after(config.keepAliveMs, () => {
      ticking = false
      for (const { res } of open.values()) writeText(res, ': keep-alive\n\n', config.maxUnreadBytes)
      if (open.size > 0) tick()
    })
  }

  return {
    canOpen(principalId) {
      if (open.size >= config.maxStreams) return false
      let count = 0
      for (const [stream, { kind }] of open) {
        if (kind === 'standing' && stream.owner.principalId === principalId) count++
      }
      return count < config.maxStreamsPerPrincipal
    },
    open(res, owner, kind) {
      const closed: (() => void)[] = []
      let farewell: JsonObject | undefined
      res.writeHead(200, HEADERS)
      res.flushHeaders()
      const stream: EventStream = {
        owner,
        send: (message) => writeText(res, renderEvent(message), config.maxUnreadBytes),
        end(last = farewell) {
          if (last !== undefined) writeText(res, renderEvent(last), config.maxUnreadBytes)
          res.end()
        },
        endsWith(last) {
          farewell = last
        },
        onClosed: (listener) => (open.has(stream) ? void closed.push(listener) : listener()),
      }
      open.set(stream, { res, kind })
      res.once('close', () => {
        open.delete(stream)
        for (const listener of closed) listener()
      })
      tick()
      return stream
    },
    closeAll({ principalId, serverId }) {
      for (const stream of open.keys()) {
        const { owner } = stream
        if ((principalId ?? owner.principalId) !== owner.principalId) continue
        if ((serverId ?? owner.serverId) === owner.serverId) stream.end()
      }
    },
  }
}

function renderEvent(message: JsonObject): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`
}

/** One message may be larger than the bound; a second one behind unread ones may not. */
function writeText(res: ServerResponse, text: string, maxUnreadBytes: number): void {
  if (res.destroyed || res.writableEnded) return
  if (res.writableLength > maxUnreadBytes) res.destroy()
  else res.write(text)
}
