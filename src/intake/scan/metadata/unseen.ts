/** Characters that a person does not see and a model reads. */
export type Unseen = {
  readonly what: 'tag' | 'bidi' | 'zero_width' | 'control' | 'selector' | 'private'
  readonly at: number
}

const ZERO_WIDTH: ReadonlySet<number> = new Set([
  0x200b, 0x200c, 0x200d, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0xfeff, 0x180e, 0x034f, 0x3164, 0x115f,
  0x1160, 0xffa0, 0x00ad, 0x17b4, 0x17b5, 0x206a, 0x206b, 0x206c, 0x206d, 0x206e, 0x206f,
])
const ZWNJ = 0x200c
const ZWJ = 0x200d
const BLACK_FLAG = 0x1f3f4
const CANCEL_TAG = 0xe007f

export function isInvisible(character: string): boolean {
  return classify(character.codePointAt(0) ?? 0) !== null
}

function classify(code: number): Unseen['what'] | null {
  if (code >= 0xe0000 && code <= 0xe007f) return 'tag'
  if ((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)) return 'bidi'
  if (code === 0x200e || code === 0x200f || code === 0x061c) return 'bidi'
  if (ZERO_WIDTH.has(code)) return 'zero_width'
  if ((code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef)) return 'selector'
  if (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return 'control'
  if (code >= 0x7f && code <= 0x9f) return 'control'
  const isPrivate = (code >= 0xe000 && code <= 0xf8ff) || code >= 0xf0000
  return isPrivate ? 'private' : null
}

/** Those that no script and no emoji needs where they stand. */
export function listUnseen(text: string): readonly Unseen[] {
  const codes = Array.from(text).map((character) => character.codePointAt(0) ?? 0)
  const found: Unseen[] = []
  for (const [at, code] of codes.entries()) {
    const what = classify(code)
    if (what === null || isNeeded(codes, at, what)) continue
    found.push({ what, at })
  }
  return found
}

function isNeeded(codes: readonly number[], at: number, what: Unseen['what']): boolean {
  const before = codes[at - 1]
  const after = codes[at + 1]
  if (what === 'selector') return before !== undefined && classify(before) === null && before > 0x7f
  if (codes[at] === 0xfeff) return at === 0
  if (what === 'tag') return isInFlag(codes, at)
  if (codes[at] === ZWJ) return isPictograph(before, codes[at - 2]) && isPictograph(after)
  // Persian and the scripts of India write with it.
  if (codes[at] === ZWNJ) return isJoining(before) && isJoining(after)
  return what === 'bidi' && codes[at] !== 0x202e && (isRightToLeft(before) || isRightToLeft(after))
}

/** England, Scotland, Wales: a black flag, at most six tags, and the one that ends them. */
function isInFlag(codes: readonly number[], at: number): boolean {
  let start = at
  while (start > 0 && at - start < 7 && (codes[start - 1] ?? 0) >= 0xe0020) start--
  if (codes[start - 1] !== BLACK_FLAG) return false
  const end = codes.indexOf(CANCEL_TAG, start)
  return end >= at && end - start <= 6
}

function isPictograph(code: number | undefined, earlier?: number): boolean {
  if (code === undefined) return false
  if (code >= 0xfe00 && code <= 0xfe0f) return isPictograph(earlier)
  return /\p{Extended_Pictographic}|\p{Emoji_Modifier}/u.test(String.fromCodePoint(code))
}

function isJoining(code: number | undefined): boolean {
  return code !== undefined && ((code >= 0x0600 && code <= 0x08ff) || (code >= 0x0900 && code <= 0x0dff))
}

function isRightToLeft(code: number | undefined): boolean {
  return code !== undefined && code >= 0x0590 && code <= 0x08ff
}
