import { expect, it } from 'vitest'
import { isReachable, parseAuthority, parseTarget } from './decide-reach.ts'

const ALLOWED = [{ host: 'Good.test', port: 443 }]
const reaches = (authority: string) => {
  const place = parseAuthority(authority)
  return place !== null && isReachable(place, ALLOWED)
}

it('takes the exact host and port, in any case, with or without the last dot (SB-50)', () => {
  expect(['good.test:443', 'GOOD.test:443', 'good.test.:443'].map(reaches)).toEqual([true, true, true])
})

it('takes nothing that only resembles them', () => {
  const odd = [
    ['good.test:80', 'good.test', 'good.test.evil.test:443', 'xgood.test:443', 'good.test..:443'],
    [
      'user@good.test:443',
      'good.test:443@evil.test:443',
      'good.test\t:443',
      'good.test#:443',
      'good.test%00:443',
    ],
    [
      '[::1]:443',
      '2130706433:443',
      '0x7f000001:443',
      ':443',
      'good.test:0',
      'good.test:65536',
      'good.test:443\r\n',
    ],
  ].flat()
  expect(odd.filter(reaches)).toEqual([])
})

it('reads an absolute-form target, and nothing else', () => {
  expect(parseTarget('http://a.test/x?y=1')).toEqual({ host: 'a.test', port: 80, path: '/x?y=1' })
  expect(parseTarget('HTTP://A.test:8081')).toEqual({ host: 'a.test', port: 8081, path: '/' })
  expect(parseTarget('http://a.test?q')).toEqual({ host: 'a.test', port: 80, path: '/?q' })
  for (const odd of [
    '/x',
    'https://a.test/',
    'http://u@a.test/',
    'http://a.test/ x',
    'ftp://a.test/',
    'http:///x',
  ]) {
    expect(parseTarget(odd)).toBeNull()
  }
})
