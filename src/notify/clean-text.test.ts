import { expect, it } from 'vitest'
import { cleanText } from './clean-text.ts'

it.each([
  ['plain words stay.', 'plain words stay.'],
  ['  two\nlines\tand\r\nmore ', 'two lines and more'],
  ['see https://evil.example/x', 'see https[:]//evil.example/x'],
  ['WWW.evil.example', 'www[.]evil.example'],
  ['<!channel> @here', '<!channel> (at)here'],
  ['a\u202eb\u200bc\u001b[31m', 'a\\u{202e}b\\u{200b}c\\u{1b}[31m'],
])('%j becomes %j', (given, clean) => {
  expect(cleanText(given)).toBe(clean)
})

it('is bounded', () => {
  expect(cleanText('x'.repeat(10_000))).toBe(`${'x'.repeat(300)}…`)
})
