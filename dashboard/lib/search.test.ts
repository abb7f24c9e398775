import { expect, it } from 'vitest'
import { parseReturnTo } from './safe-path.ts'
import { parseSearch, renderSearch } from './search.ts'

it('keeps what a page shows in its address, as plain words', () => {
  expect(renderSearch({ q: 'a b&c', status: '', tag: undefined, n: 3 })).toBe('?q=a+b%26c&n=3')
  expect(parseSearch('?q=a+b%26c&n=3')).toEqual({ q: 'a b&c', n: '3' })
  expect(renderSearch({})).toBe('')
})

it.each([
  ['/servers?q=x', '/servers?q=x'],
  [undefined, '/'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/login?return_to=/login', '/'],
])('after the sign-in %j leads to %s', (text, path) => {
  expect(parseReturnTo(text)).toBe(path)
})
