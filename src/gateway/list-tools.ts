/** Every item of a server's list, all pages: for the header index, the pins and callers inside the platform. */
import { AppError } from '../domain/error.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import type { Outcome } from './call.ts'
import type { Lane } from './lane.ts'

/** A server that pages for ever is broken; these bounds are far beyond any real one. */
const MAX_PAGES = 200
const MAX_ITEMS = 10_000

export type Asker = {
  readonly principalId: string
  readonly protocolVersion: string
  readonly signal?: AbortSignal
  readonly unrecorded?: true
  readonly unscreened?: true
}

export function listTools(lane: Lane, asker: Asker): Promise<JsonObject[]> {
  return listItems(lane, 'tools/list', 'tools', asker)
}

/** Throws AppError `server_error` for the server's own errors, else what the lane says. */
export async function listItems(
  lane: Pick<Lane, 'request'>,
  method: string,
  member: string,
  asker: Asker,
): Promise<JsonObject[]> {
  const items: JsonObject[] = []
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const result = await ask(lane, method, cursor === undefined ? undefined : { cursor }, asker)
    const listed = result[member]
    if (!Array.isArray(listed)) throw new AppError('server_error', `${method} has no array of ${member}.`)
    items.push(...listed.filter(isJsonObject))
    const next = result['nextCursor']
    if (typeof next !== 'string' || next === '') return items
    if (next === cursor || items.length > MAX_ITEMS) break
    cursor = next
  }
  throw new AppError('server_error', `${method} does not come to an end: its pages repeat or are too many.`)
}

/** One request as a promise; the caller's signal cancels it. */
export async function ask(
  lane: Pick<Lane, 'request'>,
  method: string,
  params: JsonObject | undefined,
  { signal, ...asker }: Asker,
): Promise<JsonObject> {
  const outcome = await new Promise<Outcome>((resolve, reject) => {
    const abort = () => {
      ticket.cancel('the caller gave up')
      reject(buildGaveUp(signal))
    }
    const onDone = (done: Outcome) => {
      signal?.removeEventListener('abort', abort)
      resolve(done)
    }
    const ticket = lane.request({ method, params, ...asker, onDone })
    if (signal?.aborted === true) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
  if (outcome.kind === 'result') return outcome.result
  if (outcome.kind === 'failed') throw outcome.error
  const { code, message } = outcome.error
  throw new AppError('server_error', message, { details: { rpc_code: code } })
}

/** The reason that the signal's owner gave, if it is an error. */
export function buildGaveUp(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new AppError('call_timeout', 'The caller gave up.')
}
