/** Undoing what hides text, for constants: then the rules see what the interpreter would. */
import { gunzipSync, inflateRawSync, inflateSync, unzipSync } from 'node:zlib'

const MAX_BYTES = 1024 * 1024
export type Encoding = 'base64' | 'base32' | 'hex' | 'rot13' | 'zlib' | 'gzip' | 'deflate' | 'url'

/** Bytes as latin1 text; null for what is not of that encoding. */
export function decodeText(text: string, encoding: Encoding): string | null {
  try {
    switch (encoding) {
      case 'base64':
        return Buffer.from(text.replaceAll(/\s/g, ''), 'base64').toString('latin1')
      case 'hex':
        return Buffer.from(text.replaceAll(/[\s:]|\\x|0x/g, ''), 'hex').toString('latin1')
      case 'base32':
        return decodeBase32(text)
      case 'rot13':
        return text.replaceAll(/[a-z]/gi, (letter) => {
          const base = letter <= 'Z' ? 65 : 97
          return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base)
        })
      case 'zlib':
        return unzipSync(Buffer.from(text, 'latin1'), { maxOutputLength: MAX_BYTES }).toString('latin1')
      case 'gzip':
        return gunzipSync(Buffer.from(text, 'latin1'), { maxOutputLength: MAX_BYTES }).toString('latin1')
      case 'deflate':
        return inflate(Buffer.from(text, 'latin1'))
      case 'url':
        return decodeURIComponent(text)
      default:
        return null
    }
  } catch {
    return null
  }
}

function inflate(bytes: Buffer): string {
  const options = { maxOutputLength: MAX_BYTES }
  try {
    return inflateSync(bytes, options).toString('latin1')
  } catch {
    return inflateRawSync(bytes, options).toString('latin1')
  }
}

function decodeBase32(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  let bits = ''
  for (const letter of text.toUpperCase().replaceAll('=', '')) {
    const value = alphabet.indexOf(letter)
    if (value < 0) return ''
    bits += value.toString(2).padStart(5, '0')
  }
  return (bits.match(/.{8}/g) ?? []).map((byte) => String.fromCharCode(Number.parseInt(byte, 2))).join('')
}

export function toUtf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8')
}

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\u0007',
  '0': '\0',
}

/** The text that a literal's inside stands for. */
export function unescape(raw: string): string {
  if (!raw.includes('\\')) return raw
  return raw.replaceAll(
    /\\(?:x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{2,3})|\r?\n|([\s\S]))/g,
    (_, hex?: string, braced?: string, short?: string, long?: string, octal?: string, other?: string) => {
      const code = hex ?? braced ?? short ?? long
      if (code !== undefined) return fromCode(Number.parseInt(code, 16))
      if (octal !== undefined) return fromCode(Number.parseInt(octal, 8))
      return other === undefined ? '' : (SIMPLE[other] ?? other)
    },
  )
}

/** Empty for what is no character. */
export function fromCode(code: number): string {
  return Number.isInteger(code) && code >= 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : ''
}

/** Escapes for letters that need none: only somebody who hides writes them. */
export function hidesLetters(raw: string): boolean {
  return (
    (raw.match(/\\(?:x[2-7][0-9a-fA-F]|u00[2-7][0-9a-fA-F]|u\{0*[2-7][0-9a-fA-F]\}|1[0-7]{2})/g) ?? [])
      .length >= 4
  )
}
