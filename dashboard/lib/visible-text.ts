/** Text of strangers with what cannot be seen made visible: what a model reads and a person does not is where attacks hide. */
export type VisiblePiece = { readonly text: string; readonly isHidden: boolean }

const NAMES: Readonly<Record<number, string>> = {
  0x00ad: 'soft hyphen',
  0x200b: 'zero-width space',
  0x200c: 'zero-width non-joiner',
  0x200d: 'zero-width joiner',
  0x200e: 'left-to-right mark',
  0x200f: 'right-to-left mark',
  0x2060: 'word joiner',
  0x202a: 'left-to-right embedding',
  0x202b: 'right-to-left embedding',
  0x202c: 'end of direction',
  0x202d: 'left-to-right override',
  0x202e: 'right-to-left override',
  0x2066: 'left-to-right isolate',
  0x2067: 'right-to-left isolate',
  0x2068: 'isolate',
  0x2069: 'end of isolate',
  0xfeff: 'byte order mark',
}

const HIDDEN =
  // oxlint-disable-next-line no-misleading-character-class -- each is shown by itself
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\u{e0000}-\u{e0fff}]/gu

export function showHidden(text: string): readonly VisiblePiece[] {
  const pieces: VisiblePiece[] = []
  let at = 0
  for (const found of text.matchAll(HIDDEN)) {
    if (isPartOfEmoji(text, found.index, found[0])) continue
    if (found.index > at) pieces.push({ text: text.slice(at, found.index), isHidden: false })
    pieces.push({ text: nameOf(found[0].codePointAt(0)!), isHidden: true })
    at = found.index + found[0].length
  }
  if (at < text.length) pieces.push({ text: text.slice(at), isHidden: false })
  return pieces
}

export function countHidden(text: string): number {
  return showHidden(text).filter(({ isHidden }) => isHidden).length
}

/** Joiners and variation selectors between emoji are how those are written. */
function isPartOfEmoji(text: string, index: number, found: string): boolean {
  const code = found.codePointAt(0)!
  if (code !== 0x200d && (code < 0xfe00 || code > 0xfe0f)) return false
  const before = text.slice(Math.max(0, index - 4), index)
  return /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f|\u20e3)$/u.test(before)
}

function nameOf(code: number): string {
  // Tag characters spell ASCII that nobody sees.
  if (code >= 0xe0020 && code <= 0xe007e) return `tag ${String.fromCharCode(code - 0xe0000)}`
  return NAMES[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}
