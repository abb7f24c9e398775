import { expect, it } from 'vitest'
import { revealText } from './reveal-text.ts'

it('writes out what nobody sees, and leaves the rest', () => {
  expect(revealText('a\u200b\u202eb\u{e0041}\u001b[0m\ufe0f\n')).toBe(
    String.raw`a\u{200b}\u{202e}b\u{e0041}\u{1b}[0m\u{fe0f}\u{a}`,
  )
  expect(revealText('Zürich, 東京, 👩 <b>')).toBe('Zürich, 東京, 👩 <b>')
})
