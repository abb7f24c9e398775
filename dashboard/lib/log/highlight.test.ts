import { describe, expect, it } from 'vitest'
import { parseAnsi } from '../ansi.ts'
import { findMatches, isLiteralHit, markable, markMatches } from './highlight.ts'

describe('findMatches', () => {
  it.each<[string, string, readonly (readonly [number, number])[]]>([
    [
      'Error and error',
      'ERROR',
      [
        [0, 5],
        [10, 15],
      ],
    ],
    [
      'aaaa',
      'aa',
      [
        [0, 2],
        [2, 4],
      ],
    ],
    ['none', 'x', []],
    ['any', '', []],
    ['a.b', '.', [[1, 2]]],
    ['İx', 'x', []],
  ])('%s / %s', (text, needle, expected) => {
    expect(findMatches(text, needle)).toEqual(expected)
  })
})

describe('markMatches', () => {
  const shown = (line: string, needle: string) =>
    markMatches(parseAnsi(line), needle).map(({ span, isMatch }) => `${isMatch ? '*' : ''}${span.text}`)

  it('cuts one span', () => {
    expect(shown('say hello twice: hello', 'hello')).toEqual(['say ', '*hello', ' twice: ', '*hello'])
  })

  it('reaches over colours', () => {
    expect(shown('he\x1b[31mllo wo\x1b[0mrld', 'hello')).toEqual(['*he', '*llo', ' wo', 'rld'])
  })

  it('is of bounded size', () => {
    expect(shown('x'.repeat(16_000), 'x')).toHaveLength(201)
  })
})

describe('what is looked for', () => {
  it.each<[Parameters<typeof markable>[0]['mode'], string, string]>([
    ['literal', 'a*b', 'a*b'],
    ['glob', 'GET */users?id=*', '/users'],
    ['glob', '*', ''],
    ['regex', 'x+', ''],
  ])('%s %s is marked as %j', (mode, text, expected) => {
    expect(markable({ text, mode, isCaseSensitive: false })).toBe(expected)
  })

  it('minds the case where that is asked for', () => {
    const wanted = { text: 'Err', mode: 'literal', isCaseSensitive: true } as const
    expect([isLiteralHit('an Err', wanted), isLiteralHit('an err', wanted)]).toEqual([true, false])
    expect(isLiteralHit('an err', { ...wanted, isCaseSensitive: false })).toBe(true)
  })
})
