/**
 * One declaration a route: what it takes, what it gives, which scope it needs. Serving, validation, authorization and
 * /api/openapi.json all read it, so none can disagree with another.
 */
import type { z } from 'zod'
import type { Caller } from '../access/open-access.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Peer } from '../domain/peer.ts'
import type { Scope } from '../domain/principal.ts'

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/**
 * `public` needs nothing, `authenticated` somebody whatever they may do.
 * Holders of `mcp:call:{server}` alone pass `mcp:call` for that server only.
 */
type Needs = Scope | 'public' | 'authenticated'

type Fields = z.ZodType | undefined
type Parsed<S extends Fields> = S extends z.ZodType ? z.output<S> : undefined

/** One request, authorized and validated. */
export type Call<Q extends Fields = Fields, B extends Fields = Fields, R extends z.ZodType = z.ZodType> = {
  readonly principal: Caller['principal']
  /** The browser's, where a cookie let it in. */
  readonly session: Caller['session']
  readonly peer: Peer
  readonly requestId: string
  readonly request: Request
  /** By the names in the path's `:parts`. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Parsed<Q>
  readonly body: Parsed<B>
  /** For handlers that wait before they change something: throws when whoever asks may not come in any more. */
  readonly assertCurrent: () => void
  /** What came of it, for the record of the audit log that ends the act: names and numbers, no secret. */
  readonly tell: (details: JsonObject) => void
  readonly reply: (data: z.input<R>, headers?: Readonly<Record<string, string>>) => Response
}

export type Route<Q extends Fields = Fields, B extends Fields = Fields, R extends z.ZodType = z.ZodType> = {
  readonly method: Method
  /** For example `/api/v1/servers/:name/start`. */
  readonly path: string
  readonly needs: Needs
  readonly summary: string
  /** Counted by this policy too, besides `api`. */
  readonly counts?: 'uploads'
  /** Asked by machines every few seconds, and answered from memory: no limit. */
  readonly isUncounted?: true
  /** For the audit log; absent: the method and the path say it. */
  readonly action?: string
  /** A route that only reads, but what administrators read here is written down too. */
  readonly isNoted?: boolean
  /** What else the audit log shall hold of a call: names and numbers, no values that somebody set. */
  readonly auditDetails?: (call: Call<Q, B, R>) => JsonObject
  readonly query?: Q
  /** A JSON body. Routes that read the stream themselves name their content types in `accepts` instead. */
  readonly body?: B
  readonly accepts?: readonly string[]
  readonly status?: 200 | 201 | 202
  readonly response: R
  /** The content type, where it is not JSON. */
  readonly answers?: string
  handle(call: Call<Q, B, R>): Promise<Response>
}

/** Types the handler by its schemas. The declared type is wide, so that routes fit one list. */
export function defineRoute<Q extends Fields, B extends Fields, R extends z.ZodType>(
  route: Route<Q, B, R>,
): Route {
  return route as unknown as Route
}
