/** Where the next page of a merged list begins. To the client it is opaque; to us a stranger's text. */
import { z } from 'zod'
import { SERVER_NAME } from '../../domain/id.ts'
import { decodeJson } from '../../domain/json.ts'

const cursorSchema = z.strictObject({
  server: z.string().regex(SERVER_NAME),
  /** Items of that server that the client has. */
  skip: z.int().min(0).max(100_000),
})
export type HubCursor = Readonly<z.infer<typeof cursorSchema>>

const MAX_CURSOR = 256

export function renderCursor(cursor: HubCursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url')
}

export function parseCursor(text: unknown): HubCursor | null {
  if (typeof text !== 'string' || text.length > MAX_CURSOR) return null
  return cursorSchema.safeParse(decodeJson(Buffer.from(text, 'base64url').toString())).data ?? null
}
