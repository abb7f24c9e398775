/**
 * A text as a model may read it: look-alike letters as the ones they look like, what is not seen taken out, and what
 * is written in a code that models read without being asked (base64, escapes, entities, backwards) written plainly.
 */
import { isInvisible } from './unseen.ts'

export type Reading = {
  readonly text: string
  /** How it has to be read; null as it stands. */
  readonly code: string | null
  /** It was written so that people cannot read it at all. */
  readonly isSealed: boolean
}

const MAX_READINGS = 24
const MAX_DECODED = 16 * 1024

/** Lower case, one space between words. The first is the text as it stands. */
export function listReadings(text: string, isName = false): readonly Reading[] {
  const plain = isName ? splitName(text) : text
  const readings: Reading[] = [{ text: flatten(plain), code: null, isSealed: false }]
  // Russian is no Latin in disguise, and the marks of other scripts belong to their letters.
  if (/[^\u0000-\u024f]/.test(plain)) readings.push({ text: lower(plain), code: null, isSealed: false })
  const add = (code: string, decoded: string | null, isSealed = false) => {
    if (decoded === null || readings.length >= MAX_READINGS) return
    const flat = flatten(decoded.slice(0, MAX_DECODED))
    if (flat.length >= 8 && flat !== readings[0]?.text) readings.push({ text: flat, code, isSealed })
  }
  add('spaced letters', joinSpaced(plain))
  add('digits for letters', replaceDigits(plain))
  add('HTML entities', decodeEntities(plain))
  add('URL encoding', decodePercent(plain))
  add('character escapes', decodeEscapes(plain), true)
  add('tag characters', decodeTags(plain), true)
  for (const [word] of plain.matchAll(/[A-Za-z0-9+/_-]{24,}={0,2}/g)) add('base64', decodeBase64(word), true)
  for (const [word] of plain.matchAll(/\b(?:[0-9a-fA-F]{2}[ :]?){12,}/g))
    add('hexadecimal', decodeHex(word), true)
  if (plain.length >= 24) {
    add('letters moved by 13', keepWords(rotate(plain)))
    add('written backwards', keepWords(Array.from(plain).toReversed().join('')))
  }
  return readings
}

/** Letters of other scripts and styles as the Latin ones they look like. */
export function foldLookAlikes(text: string): string {
  return text.normalize('NFKC').replaceAll(LOOK_ALIKE, (letter) => LATIN.get(letter) ?? letter)
}

function lower(text: string): string {
  const seen = Array.from(text)
    .filter((character) => !isInvisible(character))
    .join('')
  return seen.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim()
}

function flatten(text: string): string {
  const seen = Array.from(text)
    .filter((character) => !isInvisible(character))
    .join('')
  return foldLookAlikes(seen)
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[*_`~"“”«»]+/g, ' ')
    .replaceAll(/[’‘´]/g, "'")
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function splitName(text: string): string {
  return text.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[_./-]+/g, ' ')
}

const SEPARATORS = ['-', '.', '_', '*', '|', '/', ' ']

/** `d o   n o t   t e l l`, `D-O N-O-T`: at least eight single letters in a row. */
function joinSpaced(text: string): string | null {
  if (!/(?<!\p{L})(?:\p{L}[ .\-_*|/]{1,3}){7}\p{L}(?!\p{L})/u.test(text)) return null
  for (const separator of SEPARATORS) {
    const quoted = `[${separator}]`
    // Of words that letters are apart in, not of words that are apart themselves.
    if (!new RegExp(`(?<!\\p{L})(?:\\p{L}${quoted}){2}\\p{L}(?!\\p{L})`, 'u').test(text)) continue
    const apart = new RegExp(`(?<=(?<!\\p{L})\\p{L})${quoted}(?=\\p{L}(?!\\p{L}))`, 'gu')
    return text.replaceAll(apart, '')
  }
  return null
}

const DIGITS: ReadonlyMap<string, string> = new Map([
  ['0', 'o'],
  ['1', 'i'],
  ['3', 'e'],
  ['4', 'a'],
  ['5', 's'],
  ['7', 't'],
  ['@', 'a'],
  ['$', 's'],
  ['!', 'i'],
])

function replaceDigits(text: string): string | null {
  if (!/[a-z][0134579@$!][a-z]/i.test(text)) return null
  return text.replaceAll(/(?<=[a-z0-9@$])[0134579@$!](?=[a-z0-9@$])|\b[0134579@$!](?=[a-z])/gi, (digit) => {
    return DIGITS.get(digit) ?? digit
  })
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
])

function decodeEntities(text: string): string | null {
  if (!/&(?:#x?[0-9a-f]+|[a-z]+);/i.test(text)) return null
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return ENTITIES.get(name.toLowerCase()) ?? whole
    return fromCode(typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16))
  })
}

function decodePercent(text: string): string | null {
  if (!/(?:%[0-9a-f]{2}.?){4}/i.test(text)) return null
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString(),
  )
}

function decodeEscapes(text: string): string | null {
  if (!/(?:\\u[0-9a-f]{4}|\\u\{[0-9a-f]+\}|\\x[0-9a-f]{2}){3}/i.test(text)) return null
  return text.replaceAll(
    /\\u\{([0-9a-f]{1,6})\}|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})/gi,
    (_, long, short, byte) => fromCode(Number.parseInt(String(long ?? short ?? byte), 16)),
  )
}

function decodeTags(text: string): string | null {
  const tags = Array.from(text).filter((character) => isTag(character.codePointAt(0) ?? 0))
  if (tags.length === 0) return null
  return tags.map((character) => fromCode((character.codePointAt(0) ?? 0) - 0xe0000)).join('')
}

function isTag(code: number): boolean {
  return code >= 0xe0020 && code < 0xe007f
}

/** Also what was written so more than once. */
function decodeBase64(word: string, rounds = 3): string | null {
  if (!/[a-z]/.test(word) || !/[A-Z]/.test(word)) return null
  const text = keepReadable(Buffer.from(word, 'base64').toString())
  if (text === null || rounds === 1 || !/^[A-Za-z0-9+/_-]{16,}={0,2}$/.test(text)) return text
  return decodeBase64(text, rounds - 1) ?? text
}

function decodeHex(run: string): string | null {
  return keepReadable(Buffer.from(run.replaceAll(/[ :]/g, ''), 'hex').toString())
}

/** Bytes that happen to be of that alphabet decode to rubbish. */
function keepReadable(text: string): string | null {
  if (text.length < 8 || text.includes('\ufffd')) return null
  const readable = text.match(/[\p{L}\p{N}\p{P}\p{Zs}\n\t<>=+$|~^`]/gu)?.length ?? 0
  return readable === Array.from(text).length && /\p{L}{2}/u.test(text) ? text : null
}

/** Null unless it reads like English: every text can be turned around, and hardly any means something then. */
function keepWords(text: string): string | null {
  const words = text.match(
    /\b(?:the|you|your|tools?|users?|ignore|send|read|call|not|this|before|all|instructions)\b/gi,
  )
  return (words?.length ?? 0) < 2 ? null : text
}

function rotate(text: string): string {
  return text.replaceAll(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base)
  })
}

function fromCode(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : ''
}

/** After Unicode's table of confusables (UTS 39), for the letters that whole words can be written with. */
const LATIN: ReadonlyMap<string, string> = new Map(
  Object.entries({
    а: 'a',
    в: 'b',
    е: 'e',
    к: 'k',
    м: 'm',
    н: 'h',
    о: 'o',
    р: 'p',
    с: 'c',
    т: 't',
    у: 'y',
    х: 'x',
    і: 'i',
    ї: 'i',
    ј: 'j',
    ѕ: 's',
    ԁ: 'd',
    һ: 'h',
    ԛ: 'q',
    ԝ: 'w',
    ӏ: 'l',
    А: 'A',
    В: 'B',
    Е: 'E',
    К: 'K',
    М: 'M',
    Н: 'H',
    О: 'O',
    Р: 'P',
    С: 'C',
    Т: 'T',
    У: 'Y',
    Х: 'X',
    І: 'I',
    Ј: 'J',
    Ѕ: 'S',
    α: 'a',
    ε: 'e',
    ι: 'i',
    κ: 'k',
    ν: 'v',
    ο: 'o',
    ρ: 'p',
    τ: 't',
    υ: 'u',
    χ: 'x',
    γ: 'y',
    ω: 'w',
    η: 'n',
    Α: 'A',
    Β: 'B',
    Ε: 'E',
    Ζ: 'Z',
    Η: 'H',
    Ι: 'I',
    Κ: 'K',
    Μ: 'M',
    Ν: 'N',
    Ο: 'O',
    Ρ: 'P',
    Τ: 'T',
    Υ: 'Y',
    Χ: 'X',
    ı: 'i',
    ɡ: 'g',
    ɑ: 'a',
    ո: 'n',
    օ: 'o',
    ս: 'u',
    զ: 'q',
  }),
)
const LOOK_ALIKE = new RegExp(`[${[...LATIN.keys()].join('')}]`, 'gu')
