/**
 * What a client carries from `input_required` to its retry. To the client it is opaque, to us it is a stranger's text
 * until the seal opens (R75); who may use it, for which request and until when is inside.
 */
import { z } from 'zod'
import { decodeJson } from '../../domain/json.ts'
import type { StateSeal } from '../ports.ts'

/** Of all that a state holds, the questions asked are the largest part: at most 32 of some 60 characters. */
const MAX_STATE_CHARACTERS = 16 * 1024
const ABOUT = 'requestState'

const short = z.string().max(64)

const contentSchema = z.strictObject({
  /** `park`: a call of the server waits. `again`: the call has ended, and the retry makes it anew. */
  kind: z.enum(['park', 'again']),
  handle: short,
  /** Of this one state: used once, it is spent. */
  serial: short,
  principal: z.string().max(1024),
  server: short,
  /** Of the request: see digestRequest. */
  request: short,
  /** Wall clock, milliseconds. */
  expires: z.number(),
  /** Key → digest of what was asked, so that an equal question of a repeated call needs no client. */
  asked: z.record(short, short),
})

export type RequestState = Readonly<z.infer<typeof contentSchema>>

export function renderRequestState(seal: StateSeal, state: RequestState): string {
  return seal.seal(JSON.stringify(state), ABOUT)
}

/** Null for what was not sealed here as a state. */
export function parseRequestState(seal: StateSeal, text: unknown): RequestState | null {
  if (typeof text !== 'string' || text.length > MAX_STATE_CHARACTERS) return null
  const opened = seal.open(text, ABOUT)
  return opened === null ? null : (contentSchema.safeParse(decodeJson(opened)).data ?? null)
}
