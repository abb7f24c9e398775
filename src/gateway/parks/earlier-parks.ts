/**
 * Calls that an earlier daemon left parked. Its processes live on, so their calls can be finished: the questions that
 * their clients got are still open there.
 */
import type { EarlierRequest, ServerRequest } from '../../domain/server-request.ts'
import type { Logger } from '../../system/log.ts'
import { MODERN_VERSION } from '../envelope.ts'
import type { HostedServers } from '../hosted-servers.ts'
import type { ParkRecord, Parks, StateSeal, Upstreams } from '../ports.ts'
import { openPark, type ParkContent } from './park-record.ts'
import type { ParkTable } from './park-table.ts'
import type { ParkedCall } from './parked-call.ts'

export interface EarlierParks {
  /** Before processes are taken over. */
  load(): Promise<void>
  /** A call of this process goes on: what it says about it must not be dropped. */
  isAwaited(instanceId: string): boolean
  /** Once those processes that live on are taken over. */
  resume(): void
}

export function createEarlierParks(deps: {
  readonly parks: Parks
  readonly seal: StateSeal
  readonly table: ParkTable
  readonly servers: HostedServers
  readonly upstreams: Upstreams
  readonly logger: Logger
}): EarlierParks {
  let left: { readonly record: ParkRecord; readonly content: ParkContent }[] = []

  const send = ({ serverId, principalId }: ParkRecord, content: ParkContent) => {
    const { key, method, tool, callId, startedAt, open } = content
    return (call: ParkedCall) => {
      const known = open.map((question) => ({ ...question, push: createDeferred(question) }))
      for (const { push, ...question } of known)
        call.recall(question.key, { ...question, push: push.request })
      const recalled = known.values()
      return deps.servers
        .get(serverId)
        .lane(key)
        .lane.request({
          method,
          params: tool === null ? undefined : { name: tool },
          principalId,
          protocolVersion: MODERN_VERSION,
          earlier: { callId, startedAt, requests: open.map(readEarlier) },
          onPush(push) {
            const next = recalled.next()
            if (next.done === true) call.take(push)
            else next.value.push.bind(push)
          },
          onDone: (outcome) => call.settle(outcome),
        })
    }
  }

  return {
    async load() {
      for (const record of await deps.parks.list()) {
        const content = openPark(deps.seal, record)
        if (content !== null) left.push({ record, content })
        else {
          deps.logger.warn('a parked call was sealed under another key and is given up')
          await deps.parks.remove(record.handle)
        }
      }
    },
    isAwaited: (instanceId) => left.some(({ content }) => content.instanceId === instanceId),
    resume() {
      for (const { record, content } of left) {
        const connection = deps.upstreams.current(record.serverId, content.key)
        const isThere = connection?.instanceId === content.instanceId && connection.reclaim !== null
        deps.table.restore(record, content, isThere ? send(record, content) : null)
      }
      left = []
    },
  }
}

function readEarlier({ id, request }: ParkContent['open'][number]): EarlierRequest {
  return { id, method: request.method, params: request.params }
}

/** A question whose process is not reached yet: an answer waits until it is. */
function createDeferred({ id, request }: ParkContent['open'][number]) {
  let real: ServerRequest | null = null
  let answer: ((to: ServerRequest) => void) | null = null
  let onCancelled: ((reason: string) => void) | null = null
  const give = (how: (to: ServerRequest) => void) => {
    if (real === null) answer ??= how
    else how(real)
  }
  const deferred: ServerRequest = {
    id,
    method: request.method,
    params: request.params,
    respond: (result) => give((to) => to.respond(result)),
    refuse: (error) => give((to) => to.refuse(error)),
    onCancelled: (listener) => void (onCancelled = listener),
  }
  const bind = (push: ServerRequest) => {
    real = push
    push.onCancelled((reason) => onCancelled?.(reason))
    answer?.(push)
  }
  return { request: deferred, bind }
}
