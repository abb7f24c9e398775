import { expect, it } from 'vitest'
import { matchesTemplate } from './uri-templates.ts'

it.each([
  ['file:///a', 'file:///a', true],
  ['file:///a', 'file:///ab', false],
  ['note://{id}', 'note://7', true],
  ['note://{id}', 'note://7/8', false],
  ['note://{id}/text', 'note://7/text', true],
  ['note://{id}/text', 'note://7/texts', false],
  ['file:///{+path}', 'file:///a/b/c', true],
  ['db://t{/row}', 'db://t/1/2', true],
  ['find://x{?q,n}', 'find://x?q=1&n=2', true],
  ['find://x{?q,n}', 'find://x', true],
  ['find://x{?q,n}', 'find://xy', false],
  ['a{x}b{y}c', 'a1b2c', true],
  ['a{x}b{y}c', 'a1c', false],
])('%s and %s: %s', (template, uri, expected) => {
  expect(matchesTemplate(template, uri)).toBe(expected)
})

it('takes no longer for a template that is made to be slow', () => {
  expect(matchesTemplate(`a${'{x}a'.repeat(200)}!`, 'a'.repeat(8000))).toBe(false)
})
