import { describe, expect, it } from 'vitest'
import { parseAnsi, stripAnsi, type AnsiSpan } from './ansi.ts'

const plain = { color: null, background: null, bold: false, underline: false }
const span = (text: string, style: Partial<AnsiSpan> = {}): AnsiSpan => ({ ...plain, ...style, text })

describe('parseAnsi', () => {
  it.each<[string, string, readonly AnsiSpan[]]>([
    ['plain text', 'hello\tworld', [span('hello\tworld')]],
    ['nothing', '', []],
    ['a colour and its end', '\x1b[31mred\x1b[0m ok', [span('red', { color: 1 }), span(' ok')]],
    ['an empty reset', '\x1b[1mB\x1b[mn', [span('B', { bold: true }), span('n')]],
    ['bright colours', '\x1b[92;101mx', [span('x', { color: 10, background: 9 })]],
    ['several at once', '\x1b[1;4;33mw', [span('w', { bold: true, underline: true, color: 3 })]],
    [
      'single ends',
      '\x1b[1;4mx\x1b[22my\x1b[24mz',
      [span('x', { bold: true, underline: true }), span('y', { underline: true }), span('z')],
    ],
    [
      'default colours',
      '\x1b[31;42ma\x1b[39mb\x1b[49mc',
      [span('a', { color: 1, background: 2 }), span('b', { background: 2 }), span('c')],
    ],
    ['256: of the theme', '\x1b[38;5;9mx', [span('x', { color: 9 })]],
    ['256: the cube', '\x1b[38;5;208mx', [span('x', { color: 'rgb(255, 135, 0)' })]],
    ['256: a grey', '\x1b[48;5;244mx', [span('x', { background: 'rgb(128, 128, 128)' })]],
    ['true colour', '\x1b[38;2;1;20;255mx', [span('x', { color: 'rgb(1, 20, 255)' })]],
    ['true colour with colons', '\x1b[38:2::1:20:255mx', [span('x', { color: 'rgb(1, 20, 255)' })]],
    ['what follows a colour', '\x1b[38;5;1;1mx', [span('x', { color: 1, bold: true })]],
    ['a colour that is none', '\x1b[38;2;300;0;0mx\x1b[38;5;999my', [span('xy')]],
    ['a colour cut short', '\x1b[38;2;1mx', [span('x')]],
    ['moves and erasures', 'a\x1b[2J\x1b[1;1H\x1b[?25lb\x1b[Kc', [span('abc')]],
    ['a title', '\x1b]0;evil\x07text', [span('text')]],
    ['a title ended by ST', '\x1b]2;evil\x1b\\text', [span('text')]],
    ['a clipboard write', '\x1b]52;c;ZXZpbA==\x07x', [span('x')]],
    ['a device string', '\x1bPq#0;2;0;0;0\x1b\\x', [span('x')]],
    ['one-byte forms', '\x9b31mred\x9d0;t\x9cx', [span('redx', { color: 1 })]],
    ['a title without an end hides nothing', '\x1b]0;failed login', [span('0;failed login')]],
    ['a carriage return forges nothing', 'ERROR\rOK', [span('ERROROK')]],
    ['backspaces', 'a\b\b\bb', [span('ab')]],
    ['bidirectional marks', 'a\u202eb\u2066c\u200fd', [span('abcd')]],
    ['tag characters', 'a\u{e0041}b', [span('ab')]],
    ['emoji of several parts', '👩‍💻 né', [span('👩‍💻 né')]],
    ['two-byte escapes', '\x1b(Ba\x1b7b\x1b=c', [span('abc')]],
    ['an escape at the end', 'a\x1b', [span('a')]],
    ['a sequence cut short', 'a\x1b[31', [span('a')]],
  ])('%s', (_, input, expected) => {
    expect(parseAnsi(input)).toEqual(expected)
  })

  it('says where a link leads, if that is http or https', () => {
    const link = (url: string) => `see \x1b]8;;${url}\x1b\\docs\x1b]8;;\x1b\\ now`
    expect(stripAnsi(link('https://example.test/a'))).toBe('see docs (https://example.test/a) now')
    expect(stripAnsi(link('javascript:alert(1)'))).toBe('see docs now')
    expect(stripAnsi(link('file:///etc/passwd'))).toBe('see docs now')
    expect(stripAnsi('\x1b]8;;https://a.test\x07https://a.test\x1b]8;;\x07')).toBe('https://a.test')
    expect(stripAnsi('\x1b]8;id=1;https://a.test\x07open')).toBe('open (https://a.test)')
  })
})

describe('against hostile text', () => {
  const PIECES = [
    '\x1b',
    '\x1b[',
    '\x1b]',
    '\x1b]8;;',
    '\x1b]8;;https://x.test\x07',
    '\x1b\\',
    '\x07',
    '\x9b',
    '\x9d',
    '\x9c',
    '\x90',
    '\x1bP',
    '31',
    '38;5;',
    '38:2::',
    ';',
    ':',
    'm',
    'J',
    '?',
    ' ',
    'text',
    '<b>',
    '\u202e',
    '\u2069',
    '\u200e',
    '\r',
    '\n',
    '\b',
    '\0',
    '\u{e0061}',
    '👩‍💻',
    '99999999999999999999',
    '\ud800',
    '$',
    '(',
    '~',
  ]
  /** mulberry32: the same lines in each run. */
  function createRandom(seed: number) {
    let state = seed
    return () => {
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
    }
  }
  const random = createRandom(20261126)
  const lines = Array.from({ length: 4000 }, () =>
    Array.from({ length: Math.ceil(random() * 24) }, () => PIECES[Math.floor(random() * PIECES.length)]).join(
      '',
    ),
  )

  it('lets nothing through that is not seen', () => {
    const bad = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/
    expect(lines.filter((line) => bad.test(stripAnsi(line)))).toEqual([])
  })

  it('changes nothing in what it made itself', () => {
    expect(lines.filter((line) => stripAnsi(stripAnsi(line)) !== stripAnsi(line))).toEqual([])
  })

  it('yields only styles that it knows, and no span without text', () => {
    const isColor = (color: AnsiSpan['color']) =>
      color === null ||
      (typeof color === 'number' ? color >= 0 && color < 16 : /^rgb\(\d+, \d+, \d+\)$/.test(color))
    const spans = lines.flatMap((line) => parseAnsi(line))
    expect(spans.length).toBeGreaterThan(3000)
    expect(
      spans.filter(({ color, background, text }) => !isColor(color) || !isColor(background) || text === ''),
    ).toEqual([])
  })

  it('reads each character a bounded number of times', () => {
    // A scan to the end of the line for each beginning would look at 2.5 thousand million characters here.
    expect(stripAnsi('\x1b]'.repeat(50_000))).toBe('')
    expect(stripAnsi('\x1bP'.repeat(50_000))).toBe('')
    expect(stripAnsi(`\x1b[${';'.repeat(100_000)}mx`)).toBe('x')
  })
})
