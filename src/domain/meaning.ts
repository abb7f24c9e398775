/** Texts as vectors: near ones mean alike. How they are kept, and how near two are. Pure. */

/** Made by one model with one number of dimensions; vectors of different spaces say nothing of each other. */
export type Near = { readonly space: string; readonly values: Float32Array }

export type EmbeddingStatus = {
  readonly model: string
  readonly dimensions: number | null
  readonly stored: number
  readonly waiting: number
  /** Texts that the endpoint will not have. */
  readonly refused: number
  readonly problem: string | null
}

export const MAX_DIMENSIONS = 4096

/** A byte a dimension, which changes what is near by less than models differ. Null: it points nowhere. */
export function packVector(values: Float32Array): Uint8Array | null {
  let most = 0
  for (const value of values) most = Math.max(most, Math.abs(value))
  if (most === 0 || !Number.isFinite(most)) return null
  const packed = new Int8Array(values.length)
  for (const [at, value] of values.entries()) packed[at] = Math.round((value / most) * 127)
  return new Uint8Array(packed.buffer)
}

/** The cosine of the angle between a question and what is kept, from -1 to 1. */
export function compareVectors(values: Float32Array, packed: Uint8Array): number {
  const kept = new Int8Array(packed.buffer, packed.byteOffset, packed.byteLength)
  if (kept.length !== values.length) return -1
  let product = 0
  let own = 0
  let other = 0
  for (let at = 0; at < kept.length; at++) {
    const a = values[at]!
    const b = kept[at]!
    product += a * b
    own += a * a
    other += b * b
  }
  return own === 0 || other === 0 ? -1 : product / Math.sqrt(own * other)
}
