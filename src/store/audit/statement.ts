/** What the platform signs about its chain: that at this time the record with this number had this hash. */
import { verify, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { renderCanonicalJson } from '../../domain/canonical-json.ts'
import { decodeJson } from '../../domain/json.ts'
import type { ChainEnd } from './chain.ts'
import { buildKeyId, type SigningKey } from './signing-key.ts'

const schema = z.strictObject({
  seq: z.int().min(1),
  ts: z.string(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  key_id: z.string(),
  /** Ed25519 over the canonical JSON of the rest, base64. */
  signature: z.string(),
})
export type Statement = z.output<typeof schema>

export function buildStatement({ seq, hash }: ChainEnd, ts: string, key: SigningKey): Statement {
  const said = { seq, ts, hash, key_id: key.id }
  return { ...said, signature: key.sign(renderCanonicalJson(said)) }
}

/** Null for text that is no statement. */
export function parseStatement(text: string): Statement | null {
  return schema.safeParse(decodeJson(text)).data ?? null
}

export function isSignedBy(publicKey: KeyObject, { signature, ...said }: Statement): boolean {
  if (said.key_id !== buildKeyId(publicKey)) return false
  return verify(null, Buffer.from(renderCanonicalJson(said)), publicKey, Buffer.from(signature, 'base64'))
}
