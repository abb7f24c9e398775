import { describe, expect, it } from 'vitest'
import { looksLikeMarkdown, parseInline, parseMarkdown } from './markdown.ts'
import { countHidden, showHidden } from './visible-text.ts'

describe('showHidden', () => {
  it.each<[string, string, string]>([
    ['plain text', 'Gets the weather.\n\tNow.', 'Gets the weather.\n\tNow.'],
    ['a zero-width space', 'a\u200bb', 'a[zero-width space]b'],
    ['an override', '\u202eabc', '[right-to-left override]abc'],
    ['tag characters spell what they hide', 'x\u{e0068}\u{e0069}', 'x[tag h][tag i]'],
    ['a control', 'a\u0007b', 'a[U+0007]b'],
    ['emoji stay whole', '👩‍💻 ❤️', '👩‍💻 ❤️'],
    ['a joiner alone', 'a\u200db', 'a[zero-width joiner]b'],
  ])('%s', (_, text, expected) => {
    expect(
      showHidden(text)
        .map(({ text: shown, isHidden }) => (isHidden ? `[${shown}]` : shown))
        .join(''),
    ).toBe(expected)
    expect(countHidden(text)).toBe(expected.split('[').length - 1)
  })
})

describe('parseMarkdown', () => {
  it('reads what tools write', () => {
    const kinds = parseMarkdown(
      '# T\n\ntext **b** *i* `c`\nmore\n\n- a\n- b\n\n1. x\n\n> q\n\n```js\nconst a = "<b>"\n```\n---\n| a | b |\n|---|---|\n| 1 | 2 |',
    )
    expect(kinds.map(({ kind }) => kind)).toEqual([
      'heading',
      'paragraph',
      'list',
      'list',
      'quote',
      'code',
      'rule',
      'table',
    ])
    expect(kinds[5]).toEqual({ kind: 'code', text: 'const a = "<b>"' })
  })

  it('has no place for HTML, scripts and pictures', () => {
    expect(parseMarkdown('<img src=x onerror=alert(1)>')).toEqual([
      { kind: 'paragraph', children: [{ kind: 'text', text: '<img src=x onerror=alert(1)>' }] },
    ])
    const urls = (text: string) =>
      parseInline(text).flatMap((part) => (part.kind === 'link' ? [part.url] : []))
    expect(urls('[x](javascript:alert(1)) [y](data:text/html,x) [z](//evil.test)')).toEqual([])
    expect(urls('![x](https://evil.test/pixel)')).toEqual(['https://evil.test/pixel'])
    expect(urls('see https://a.test/x.')).toHaveLength(1)
  })

  it('is of bounded work, whatever is written', () => {
    expect(parseMarkdown('- x\n\n'.repeat(5000)).length).toBe(2001)
    for (const text of [
      '*'.repeat(20_000),
      '[x]('.repeat(5000),
      '`'.repeat(20_000),
      '|'.repeat(20_000),
      '**a'.repeat(6000),
    ]) {
      expect(parseMarkdown(text).length).toBeGreaterThan(0)
    }
  })

  it.each([
    ['# Title', true],
    ['a **bold** word', true],
    ['plain words, nothing else', false],
    ['{"a": [1, 2]}', false],
  ])('%s', (text, expected) => {
    expect(looksLikeMarkdown(text)).toBe(expected)
  })
})
