/**
 * One server's part of a merged list. Nobody waits for a slow server longer than the deadline, and much shorter once it
 * is known to be slow; what it says late counts the next time.
 */
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/error.ts'
import type { JsonObject } from '../../domain/json.ts'
import { METHOD_NOT_FOUND } from '../fault.ts'
import type { HostedLane } from '../hosted-servers.ts'
import { asAppError } from '../lane-errors.ts'
import { listItems, type Asker } from '../list-tools.ts'
import { isOffered } from '../offer.ts'

export const HUB_LISTS = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
} as const
export type HubList = keyof typeof HUB_LISTS

export function isHubList(method: string): method is HubList {
  return Object.hasOwn(HUB_LISTS, method)
}

/** A server that did not answer in time before. */
const SLOW_MS = 500

export type Part = { readonly items: readonly JsonObject[] } | { readonly error: AppError }

type Memory = {
  /** A question that nobody waits for any more. */
  late: Promise<Part> | null
  isSlow: boolean
  /** Of a slow server. */
  last: readonly JsonObject[] | null
}

export interface HubLists {
  /** Never rejects. `onLate` is called when a list comes that was missing. */
  ask(at: HostedLane, method: HubList, narrowed: boolean, asker: Asker, onLate: () => void): Promise<Part>
}

export function createHubLists(clock: Clock, timeoutMs: number): HubLists {
  const memories = new WeakMap<HostedLane, Map<HubList, Memory>>()

  const recall = (at: HostedLane, method: HubList): Memory => {
    const known = memories.get(at) ?? new Map<HubList, Memory>()
    memories.set(at, known)
    const memory = known.get(method) ?? { late: null, isSlow: false, last: null }
    known.set(method, memory)
    return memory
  }

  return {
    ask(at, method, narrowed, asker, onLate) {
      const memory = recall(at, method)
      const begun = clock.monotonic()
      const work = memory.late ?? readPart(at, method, narrowed, asker)
      return new Promise((resolve) => {
        let isOver = false
        const patience = memory.isSlow ? Math.min(SLOW_MS, timeoutMs) : timeoutMs
        const cancel = clock.after(patience, () => {
          isOver = true
          memory.isSlow = true
          memory.late = work
          resolve(memory.last === null ? { error: buildLate() } : { items: memory.last })
        })
        void work.then((part) => {
          if (memory.late === work) memory.late = null
          memory.isSlow = clock.monotonic() - begun >= timeoutMs
          if (!isOver) {
            cancel()
            memory.last = null
            return resolve(part)
          }
          const wasMissing = memory.last === null
          memory.last = 'items' in part ? part.items : null
          if (wasMissing && memory.last !== null) onLate()
        })
      })
    },
  }
}

async function readPart(at: HostedLane, method: HubList, narrowed: boolean, asker: Asker): Promise<Part> {
  try {
    const { initializeResult } = await at.lane.ready()
    if (!isOffered(initializeResult, method, narrowed)) return { items: [] }
    return { items: await listItems(at.lane, method, HUB_LISTS[method], asker) }
  } catch (error) {
    // Templates, for example, have no capability of their own.
    if (error instanceof AppError && error.details?.['rpc_code'] === METHOD_NOT_FOUND) return { items: [] }
    return { error: asAppError(error) }
  }
}

function buildLate(): AppError {
  return new AppError('call_timeout', 'The server did not list what it offers in time.')
}
