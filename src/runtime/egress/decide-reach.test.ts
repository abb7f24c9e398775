import { expect, it } from 'vitest'
import { parseAuthority, parseTarget } from './decide-reach.ts'

it('takes a host and a port, in any case, with or without the last dot (SB-50)', () => {
  const good = { host: 'good.test', port: 443 }
  expect(['good.test:443', 'GOOD.test:443', 'good.test.:443'].map(parseAuthority)).toEqual([good, good, good])
})

it('takes nothing that two readers could understand differently', () => {
  const odd = [
    ['good.test', 'good.test..:443', '.good.test:443', 'good..test:443', '-good.test:443'],
    ['user@good.test:443', 'good.test:443@evil.test:443', 'good.test\t:443', 'good.test#:443'],
    ['good.test%00:443', '[::1]:443', '[::ffff:127.0.0.1]:443', ':443', 'good.test:0', 'good.test:65536'],
    ['good.test:443\r\n', 'good.test:443\r\nHost: x', 'good.test:4 43', '*.good.test:443', '', 'good.test:'],
  ].flat()
  expect(odd.filter((text) => parseAuthority(text) !== null)).toEqual([])
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
    'http://a.test/\u0001',
  ]) {
    expect(parseTarget(odd)).toBeNull()
  }
})
