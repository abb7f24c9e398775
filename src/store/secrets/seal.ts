/**
 * Authenticated encryption of the vault: AES-256-GCM with a nonce of 96 random bits. `about` is bound to what is
 * sealed: a sealed value that is moved to another place does not open there.
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import { createKey } from '../../system/random.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Nonce, ciphertext, tag. */
export function seal(key: Buffer, plain: Uint8Array, about: string): Buffer {
  const nonce = createKey(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(about))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Null when key, place or a single bit is another one. */
export function unseal(key: Buffer, sealed: Uint8Array, about: string): Buffer | null {
  const bytes = Buffer.from(sealed)
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return null
  const end = bytes.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(Buffer.from(about))
  decipher.setAuthTag(bytes.subarray(end))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, end)), decipher.final()])
  } catch {
    return null
  }
}

/** Names a key without giving anything of it away. */
export function keyIdOf(key: Buffer): string {
  return createHmac('sha256', key).update('haivemind key id').digest('hex').slice(0, 16)
}

/** The same for the same value in the same place, and of no use to who lacks the key. */
export function fingerprintOf(key: Buffer, value: Uint8Array, place: string): string {
  return createHmac('sha256', key).update(`${place}|`).update(value).digest('hex').slice(0, 16)
}
