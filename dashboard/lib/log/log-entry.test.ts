import { describe, expect, it } from 'vitest'
import { guessLevel, markOf, prettyJson, type Level, type Marker } from './log-entry.ts'

describe('guessLevel', () => {
  it.each<[string, Level | null]>([
    ['2026-11-26 ERROR no route', 'error'],
    ['[warn] slow', 'warn'],
    ['INFO: no error so far', 'info'],
    ['DEBUG:root:x', 'debug'],
    ['Traceback (most recent call last):', 'error'],
    ['ValueError: bad', null],
    ['{"level":"error","msg":"info"}', 'error'],
    ['{"time":1,"level":40,"msg":"x"}', 'warn'],
    ['{"severity":"NOTICE"}', 'info'],
    ['\x1b[31mERROR\x1b[0m x', 'error'],
    ['listening on 8080', null],
    [`${'x'.repeat(500)} error`, null],
  ])('%s', (text, level) => {
    expect(guessLevel({ text, stream: 'stderr' })).toBe(level)
  })

  it('leaves what the platform says without one', () => {
    expect(guessLevel({ text: 'error', stream: 'platform' })).toBeNull()
  })
})

describe('markOf', () => {
  it.each<[string, Marker]>([
    ['12 lines were dropped: they came faster than they could be stored', 'dropped'],
    ['Started: pid 12', 'restart'],
    ['Ended with exit 1', 'restart'],
    ['The platform was away', 'platform'],
  ])('%s', (text, mark) => {
    expect(markOf({ text, stream: 'platform' })).toBe(mark)
    expect(markOf({ text, stream: 'stderr' })).toBeNull()
  })
})

describe('prettyJson', () => {
  it.each<[string, string | null]>([
    ['{"a":[1]}', '{\n  "a": [\n    1\n  ]\n}'],
    ['got: {"a":1}', 'got:\n{\n  "a": 1\n}'],
    ['[1, 2]', '[\n  1,\n  2\n]'],
    ['\x1b[2m{"a":1}\x1b[0m', '{\n  "a": 1\n}'],
    ['plain', null],
    ['{broken', null],
    ['12', null],
    [`{"a":"${'x'.repeat(70_000)}"}`, null],
  ])('%s', (text, expected) => {
    expect(prettyJson(text)).toBe(expected)
  })
})
