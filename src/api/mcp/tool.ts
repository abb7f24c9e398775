/** One tool of `/mcp`: its schemas, the scope it needs, and what it does. */
import type { z } from 'zod'
import type { JsonObject } from '../../domain/json.ts'
import type { Principal, Scope } from '../../domain/principal.ts'

/** As the SDK's own default, said here since uploads depend on it. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024

export type ToolCall<I extends z.ZodType = z.ZodType> = {
  readonly args: z.output<I>
  readonly principal: Principal
  readonly signal: AbortSignal
  /** As of a route: what came of it, for the audit log. */
  readonly tell: (details: JsonObject) => void
}

export type ToolAnswer<O extends z.ZodType = z.ZodType> = {
  /** A few lines for people and models. */
  readonly text: string
  /** The same, whole, for programs. */
  readonly data: z.input<O>
}

export type ManagementTool<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> = {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly needs: Scope
  /** Counted by this policy too, besides `api`. */
  readonly counts?: 'uploads'
  /** Reading by an administrator is written down, as for the route that does the same. */
  readonly isNoted?: boolean
  /** For the audit log, as the route that does the same is called. */
  readonly action?: string
  readonly input: I
  readonly output: O
  readonly annotations: {
    readonly readOnlyHint: boolean
    readonly destructiveHint: boolean
    readonly idempotentHint: boolean
    readonly openWorldHint: boolean
  }
  run(call: ToolCall<I>): Promise<ToolAnswer<O>>
}

/** Types the handler by its schemas; the declared type is wide, so that tools fit one list. */
export function defineTool<I extends z.ZodType, O extends z.ZodType>(
  tool: ManagementTool<I, O>,
): ManagementTool {
  return tool as unknown as ManagementTool
}

export const READS = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
} as const
export const CHANGES = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
} as const
export const DESTROYS = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: false,
} as const
