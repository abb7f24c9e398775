/** Takes what waits for one hAIveMind there, each at least once: after a doubt it is looked for before it is sent again. */
import type { Clock } from '../domain/clock.ts'
import { buildCalls, fitCall, type HiveCall } from './build-calls.ts'
import { parseEnvelope } from './envelope.ts'
import { parseOutcome } from './parse-answer.ts'
import { decideWait, type PeerLine } from './peer-line.ts'
import type { Outbox, Waiting } from './ports.ts'
import { searchHive } from './search-hive.ts'
import type { HiveSession } from './session.ts'

const CALL_MS = 30_000
const BATCH = 20
/** It says no so often, then this one is let go. */
const MAX_REFUSALS = 8
const HOUR_MS = 3_600_000
const MAX_BROADCASTS = 6

export type ForwardDeps = {
  readonly peer: string
  readonly line: PeerLine
  readonly outbox: Outbox
  readonly clock: Clock
  readonly random: () => number
  /** Once more, with what is known to be secret by now. */
  readonly mask: (text: string) => string
  readonly signal: AbortSignal
}

export interface Forwarder {
  /** Sends what is due; resolves when nothing is, or when the connection is gone. */
  run(): Promise<void>
}

export function createForwarder(deps: ForwardDeps): Forwarder {
  const { peer, line, outbox, clock, mask, signal } = deps
  let broadcasts: number[] = []
  const mayBroadcast = () => {
    broadcasts = broadcasts.filter((at) => at > clock.monotonic() - HOUR_MS)
    return broadcasts.length < MAX_BROADCASTS
  }

  /** Undefined: nothing is known. */
  const isThere = async (session: HiveSession, id: string, call: HiveCall) => {
    const { content, description, message, procedure, category = '' } = call.args
    const query = [content, description, message, procedure].find((one) => typeof one === 'string') ?? ''
    const holds = (found: readonly { readonly content: string }[]) =>
      found.some((one) => parseEnvelope(one.content)?.event_id === id)
    const found = await searchHive(session, {
      query,
      category: CATEGORY_OF[call.tool] ?? (typeof category === 'string' ? category : ''),
      timeoutMs: CALL_MS,
      pause: () => line.pause(),
      until: holds,
    })
    return found === null ? undefined : holds(found)
  }

  /** False: the connection is of no use. */
  const deliver = async (session: HiveSession, waiting: Waiting): Promise<boolean> => {
    const { memory, attempt } = waiting
    const { id } = memory
    const masked = {
      ...memory,
      content: mask(memory.content),
      data: JSON.parse(mask(JSON.stringify(memory.data))) as typeof memory.data,
    }
    const calls = buildCalls(masked, mayBroadcast())
    if (waiting.isDoubtful) {
      const known = await isThere(session, id, calls.at(-1)!)
      if (known === undefined) {
        line.drop(session, session.ended ?? 'cannot be searched')
        return false
      }
      if (known) {
        await outbox.done(peer, id)
        return true
      }
    }
    await outbox.begin(peer, id)
    for (const call of calls) {
      const args = fitCall(call, session.tools)
      // Not every hAIveMind has every tool; the sentence is what counts.
      if (args === null && call !== calls.at(-1)) continue
      await line.pause()
      const outcome =
        args === null
          ? { refused: `has no tool ${call.tool}` }
          : parseOutcome(await session.call(call.tool, args, CALL_MS))
      if (outcome === 'done') {
        if (call.tool === 'broadcast_discovery') broadcasts.push(clock.monotonic())
        continue
      }
      if ('lost' in outcome) {
        line.drop(session, outcome.lost)
        return false
      }
      const isLast = attempt + 1 >= MAX_REFUSALS
      const nextAt = isLast ? null : clock.now() + decideWait(attempt + 1, deps.random)
      await outbox.refuse(peer, id, outcome.refused, nextAt)
      return true
    }
    await outbox.done(peer, id)
    return true
  }

  return {
    async run() {
      while (!signal.aborted) {
        const session = line.session()
        if (session === null) return
        const batch = await outbox.next(peer, BATCH)
        if (batch.length === 0) return
        for (const waiting of batch) {
          if (signal.aborted || !(await deliver(session, waiting))) return
        }
      }
    },
  }
}

/** Where a tool puts what it is told. */
const CATEGORY_OF: Readonly<Record<string, string>> = {
  record_incident: 'incidents',
  generate_runbook: 'runbooks',
  broadcast_discovery: 'infrastructure',
}
