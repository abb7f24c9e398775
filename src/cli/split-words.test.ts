import { expect, it } from 'vitest'
import { splitWords } from './split-words.ts'

it.each<[string, string[] | null]>([
  ['python server.py', ['python', 'server.py']],
  ['  node   a.js  ', ['node', 'a.js']],
  [`a 'b c' "d e"`, ['a', 'b c', 'd e']],
  [`x"y z"w`, ['xy zw']],
  ['a\\ b', ['a b']],
  [`"say \\"hi\\""`, ['say "hi"']],
  [`a ''`, ['a', '']],
  ['$HOME `id`', ['$HOME', '`id`']],
  ['["node","a b.js"]', ['node', 'a b.js']],
  ['["node",1]', null],
  ['"open', null],
  ['', []],
])('splitWords(%s)', (text, words) => {
  expect(splitWords(text)).toEqual(words)
})
