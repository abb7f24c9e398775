import type { JsonObject } from '../../src/domain/json.ts'
import type { ServerRequest } from '../../src/domain/server-request.ts'
import type { ParkRecord, Parks } from '../../src/gateway/ports.ts'
import { createStateSeal } from '../../src/store/secrets/state-seal.ts'

/** As if sealed by one installation for ever. */
export const testSeal = createStateSeal(Buffer.alloc(32, 7))

export function createMemoryParks(rows = new Map<string, ParkRecord>()): Parks {
  return {
    list: () => Promise.resolve([...rows.values()]),
    put(park) {
      rows.set(park.handle, park)
      return Promise.resolve()
    },
    remove(handle) {
      rows.delete(handle)
      return Promise.resolve()
    },
  }
}

export type FakePush = ServerRequest & {
  /** Results and errors it got, in order. */
  readonly answers: unknown[]
  /** As the server does with notifications/cancelled. */
  cancel(): void
}

let lastId = 0

export function createPush(method: string, params?: JsonObject): FakePush {
  const answers: unknown[] = []
  let onCancelled = (_reason: string) => {}
  return {
    id: ++lastId,
    method,
    params,
    answers,
    respond: (result) => void answers.push(result),
    refuse: (error) => void answers.push({ error }),
    onCancelled: (listener) => void (onCancelled = listener),
    cancel: () => onCancelled('gone'),
  }
}
