/**
 * Terminal text to styled spans. Colours, bold and underline are kept; every other sequence, control and bidirectional
 * mark is dropped, so that no line can hide, move or forge another. Nothing here makes markup.
 */

/** A palette entry is drawn in the theme's own colour; the rest is exact. */
export type AnsiColor = number | `rgb(${number}, ${number}, ${number})`

export type AnsiStyle = {
  readonly color: AnsiColor | null
  readonly background: AnsiColor | null
  readonly bold: boolean
  readonly underline: boolean
}
export type AnsiSpan = AnsiStyle & { readonly text: string }

const PLAIN: AnsiStyle = { color: null, background: null, bold: false, underline: false }

const ESC = 0x1b
const BEL = 0x07
const C1_CSI = 0x9b
const C1_OSC = 0x9d
const C1_ST = 0x9c
/** ESC P, ESC X, ESC ^ and ESC _ begin strings for a device; so do their one-byte forms. */
const STRING_STARTS = new Set([0x50, 0x58, 0x5e, 0x5f])
const C1_STRING_STARTS = new Set([0x90, 0x98, 0x9e, 0x9f])

/** Controls but tab, bidirectional marks, line and paragraph separators, and the invisible tag characters. */
const UNSEEN =
  // oxlint-disable-next-line no-misleading-character-class -- each is dropped by itself
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/gu

/** As text that shows what it holds and nothing else. */
export function stripUnseen(text: string): string {
  return text.replace(UNSEEN, '')
}

export function stripAnsi(text: string): string {
  return parseAnsi(text)
    .map((span) => span.text)
    .join('')
}

export function parseAnsi(input: string): readonly AnsiSpan[] {
  const spans: AnsiSpan[] = []
  let style = PLAIN
  let link: { readonly url: string; text: string } | null = null
  const add = (raw: string) => {
    const text = stripUnseen(raw)
    if (text === '') return
    if (link !== null) link.text += text
    const last = spans.at(-1)
    if (last !== undefined && isSame(last, style))
      spans[spans.length - 1] = { ...last, text: last.text + text }
    else spans.push({ ...style, text })
  }
  const endLink = () => {
    const ended = link
    link = null
    // Where it leads is said, not hidden behind what it calls itself.
    if (ended !== null && ended.text !== ended.url) add(` (${ended.url})`)
  }
  const endOf = createStringEnds(input)
  let at = 0
  while (at < input.length) {
    const start = nextSequence(input, at)
    add(input.slice(at, start))
    if (start === input.length) break
    const code = input.charCodeAt(start)
    const isTwo = code === ESC
    const kind = isTwo ? input.charCodeAt(start + 1) : code
    const body = start + (isTwo ? 2 : 1)
    if (isTwo ? kind === 0x5b : kind === C1_CSI) {
      const { end, final } = readCsi(input, body)
      if (final === 'm') style = applySgr(style, input.slice(body, end - 1))
      at = end
    } else if (isTwo ? kind === 0x5d : kind === C1_OSC) {
      const end = endOf(body)
      // Without an end it would swallow the rest of the line: only its beginning is dropped.
      if (end !== null && input.startsWith('8;', body)) {
        endLink()
        const url = parseLink(input.slice(body + 2, end.from))
        if (url !== null) link = { url, text: '' }
      }
      at = end?.to ?? body
    } else if (isTwo ? STRING_STARTS.has(kind) : C1_STRING_STARTS.has(kind)) {
      at = endOf(body)?.to ?? body
    } else {
      at = isTwo ? readEscape(input, start + 1) : body
    }
  }
  endLink()
  return spans
}

function isSame(a: AnsiStyle, b: AnsiStyle): boolean {
  return (
    a.color === b.color && a.background === b.background && a.bold === b.bold && a.underline === b.underline
  )
}

function isStart(code: number): boolean {
  return code === ESC || (code >= 0x80 && code <= 0x9f)
}

function nextSequence(input: string, from: number): number {
  let at = from
  while (at < input.length && !isStart(input.charCodeAt(at))) at += 1
  return at
}

/** Where strings for a device end. It looks at each character once, however many beginnings have no end. */
function createStringEnds(input: string) {
  let known: { readonly from: number; readonly to: number } | null = null
  let isExhausted = false
  return (body: number) => {
    if (known !== null && known.from >= body) return known
    if (isExhausted) return null
    for (let at = body; at < input.length; at += 1) {
      const code = input.charCodeAt(at)
      if (code === BEL || code === C1_ST) return (known = { from: at, to: at + 1 })
      if (code === ESC && input[at + 1] === '\\') return (known = { from: at, to: at + 2 })
    }
    isExhausted = true
    return null
  }
}

/** Parameters 0x30–0x3f, intermediates 0x20–0x2f, one final byte (ECMA-48, 5.4); cut short by anything else. */
function readCsi(input: string, body: number): { readonly end: number; readonly final: string } {
  let at = body
  while (at < input.length && input.charCodeAt(at) >= 0x20 && input.charCodeAt(at) <= 0x3f) at += 1
  const code = input.charCodeAt(at)
  return code >= 0x40 && code <= 0x7e ? { end: at + 1, final: input[at]! } : { end: at, final: '' }
}

function readEscape(input: string, body: number): number {
  let at = body
  while (at < input.length && input.charCodeAt(at) >= 0x20 && input.charCodeAt(at) <= 0x2f) at += 1
  const code = input.charCodeAt(at)
  return code >= 0x30 && code <= 0x7e ? at + 1 : at
}

/** `params;uri` of OSC 8: only http and https lead anywhere. */
function parseLink(body: string): string | null {
  const url = stripUnseen(body.slice(body.indexOf(';') + 1))
  return body.includes(';') && /^https?:\/\/[^\s]+$/i.test(url) ? url : null
}

function applySgr(before: AnsiStyle, body: string): AnsiStyle {
  if (!/^[\d;:]*$/.test(body)) return before
  const codes = body.split(/[;:]/).map(Number)
  let style = before
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at]!
    if (code === 0) style = PLAIN
    else if (code === 1) style = { ...style, bold: true }
    else if (code === 22) style = { ...style, bold: false }
    else if (code === 4) style = { ...style, underline: true }
    else if (code === 24) style = { ...style, underline: false }
    else if (code >= 30 && code <= 37) style = { ...style, color: code - 30 }
    else if (code >= 90 && code <= 97) style = { ...style, color: code - 82 }
    else if (code === 39) style = { ...style, color: null }
    else if (code >= 40 && code <= 47) style = { ...style, background: code - 40 }
    else if (code >= 100 && code <= 107) style = { ...style, background: code - 92 }
    else if (code === 49) style = { ...style, background: null }
    else if (code === 38 || code === 48) {
      const { color, used } = readColor(codes.slice(at + 1, at + 6), body.includes(':'))
      at += used
      if (color !== null) style = code === 38 ? { ...style, color } : { ...style, background: color }
    }
  }
  return style
}

/** `5;n`, `2;r;g;b`, and with colons also `2::r:g:b`, where a colour space stands before the colour. */
function readColor(rest: readonly number[], hasColons: boolean): { color: AnsiColor | null; used: number } {
  const [mode, ...values] = rest
  if (mode === 5) return { color: fromPalette(values[0]), used: 2 }
  if (mode !== 2) return { color: null, used: 1 }
  const from = hasColons && values.length >= 4 ? 1 : 0
  const [red, green, blue] = values.slice(from)
  const isColor = [red, green, blue].every((part) => part !== undefined && part >= 0 && part <= 255)
  return { color: isColor ? `rgb(${red!}, ${green!}, ${blue!})` : null, used: from + 4 }
}

const CUBE = [0, 95, 135, 175, 215, 255]

/** The 256 colours: 16 of the theme, a cube of 6, 24 greys. */
function fromPalette(index: number | undefined): AnsiColor | null {
  if (index === undefined || index < 0 || index > 255) return null
  if (index < 16) return index
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10
    return `rgb(${grey}, ${grey}, ${grey})`
  }
  const at = index - 16
  return `rgb(${CUBE[Math.floor(at / 36)]!}, ${CUBE[Math.floor(at / 6) % 6]!}, ${CUBE[at % 6]!})`
}
