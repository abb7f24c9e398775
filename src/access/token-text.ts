/**
 * `hvm_<id>_<secret>`: the id finds the record, the secret proves it. The secret is 32 random bytes in base62 and
 * ends in a checksum, so that a scanner can tell a real token from a look-alike without asking anybody.
 */
import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** ⌈256 ÷ log2 62⌉ and ⌈32 ÷ log2 62⌉. */
const SECRET_LENGTH = 43
const CHECKSUM_LENGTH = 6
const TOKEN = /^hvm_([0-9A-Za-z]{1,40})_([0-9A-Za-z]{49})$/

export function createTokenText(id: string): string {
  const body = `hvm_${id}_${encodeBase62(BigInt(`0x${randomBytes(32).toString('hex')}`), SECRET_LENGTH)}`
  return body + checksum(body)
}

/** The id inside a well-formed token; null for anything else. */
export function parseTokenText(text: string): string | null {
  const id = TOKEN.exec(text)?.[1]
  if (id === undefined) return null
  const body = text.slice(0, -CHECKSUM_LENGTH)
  return text.endsWith(checksum(body)) ? id : null
}

/** SHA-256, hex: a secret of 256 random bits needs no slow hash. */
export function hashToken(text: string): string {
  return hash('sha256', text)
}

/** In plain numbers: it is computed for every request. */
function checksum(body: string): string {
  let text = ''
  for (let rest = crc32(body); text.length < CHECKSUM_LENGTH; rest = Math.floor(rest / 62)) {
    text = BASE62.charAt(rest % 62) + text
  }
  return text
}

function encodeBase62(value: bigint, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest /= 62n) text = BASE62[Number(rest % 62n)] + text
  return text
}
