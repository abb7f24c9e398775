/** A parked call as the store keeps it: sealed, and bound to its handle. */
import { z } from 'zod'
import type { ServerId } from '../../domain/id.ts'
import { decodeJson, isJsonObject, type Json, type JsonObject } from '../../domain/json.ts'
import type { ProcessKey } from '../../domain/process-key.ts'
import type { SentCall } from '../call.ts'
import type { ParkRecord, StateSeal } from '../ports.ts'
import { INPUT_METHODS, type InputRequest } from './input-request.ts'
import type { ParkedCall } from './parked-call.ts'

/** Whose call, and which. */
export type CallOwner = {
  readonly principalId: string
  readonly serverId: ServerId
  readonly method: string
  /** For the record of the call. */
  readonly tool: string | null
  /** See digestRequest. */
  readonly request: string
}

/** Which call of which process, and what is needed to go on with it. */
export type ParkContent = Pick<CallOwner, 'method' | 'tool' | 'request'> & {
  readonly serial: string
  readonly key: ProcessKey
  readonly instanceId: string
  /** The request's id at the server. */
  readonly callId: number
  /** Wall clock, milliseconds. */
  readonly startedAt: number
  readonly count: number
  readonly open: readonly {
    readonly key: string
    /** The server's own id of its question. */
    readonly id: Json
    readonly request: InputRequest
    readonly digest: string
  }[]
}

const contentSchema: z.ZodType<ParkContent> = z.strictObject({
  method: z.string(),
  tool: z.string().nullable(),
  request: z.string(),
  serial: z.string(),
  key: z.strictObject({
    era: z.enum(['legacy', 'modern']),
    capabilities: z.string(),
    owner: z.string().nullable(),
    member: z.int(),
  }),
  instanceId: z.string(),
  callId: z.int(),
  startedAt: z.number(),
  count: z.int(),
  open: z.array(
    z.strictObject({
      key: z.string(),
      id: z.union([z.string(), z.number()]),
      request: z.strictObject({
        method: z.enum(INPUT_METHODS),
        params: z.custom<JsonObject>(isJsonObject).exactOptional(),
      }),
      digest: z.string(),
    }),
  ),
})

/** Null for a call that no other daemon could go on with. */
export function buildParkContent(
  { method, tool, request }: CallOwner,
  { serial, count, open }: ParkedCall,
  sent: SentCall | null,
): ParkContent | null {
  if (sent === null || serial === null) return null
  const questions = [...open].map(([key, { push, ...question }]) => ({ key, id: push.id, ...question }))
  return { method, tool, request, serial, count, ...sent, open: questions }
}

const aboutPark = (handle: string) => `park|${handle}`

export function sealPark(seal: StateSeal, handle: string, content: ParkContent): string {
  return seal.seal(JSON.stringify(content), aboutPark(handle))
}

/** Null for a row of before the key was replaced. */
export function openPark(seal: StateSeal, { handle, sealed }: ParkRecord): ParkContent | null {
  const opened = seal.open(sealed, aboutPark(handle))
  return opened === null ? null : (contentSchema.safeParse(decodeJson(opened)).data ?? null)
}
