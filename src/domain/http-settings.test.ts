import { expect, it } from 'vitest'
import { parseHealthUrl } from './http-settings.ts'

it('takes the server’s own port, by the two names that a sandbox has for itself', () => {
  expect(parseHealthUrl('http://127.0.0.1:8000/health?full=1')).toEqual({
    port: 8000,
    path: '/health?full=1',
  })
  expect(parseHealthUrl('http://localhost:8000')).toEqual({ port: 8000, path: '/' })
})

it('takes nothing else, however it is written', () => {
  const odd = [
    ['', 'http://127.0.0.1/', 'http://127.0.0.1:0/', 'https://127.0.0.1:8000/', 'file:///etc/passwd'],
    ['gopher://127.0.0.1:8000/', 'http://169.254.169.254:8000/', 'http://[::ffff:a9fe:a9fe]:8000/'],
    ['http://2130706433:8000/', 'http://0x7f.1:8000/', 'http://0177.0.0.1:8000/', 'http://127.1:8000/'],
    ['http://localtest.me:8000/', 'http://localhost.evil.test:8000/', 'http://u@127.0.0.1:8000/'],
    [
      'http://127.0.0.1:8000@evil.test/',
      'http://127.0.0.1:8000#@evil.test/',
      'http://127.0.0.1:8000/\r\nX: y',
    ],
    [
      'http://evil.test:8000/',
      'http://127.0.0.1:8000\\@evil.test/',
      ' http://127.0.0.1:8000/',
      'HTTP://127.0.0.1:8000/',
    ],
  ].flat()
  expect(odd.filter((url) => parseHealthUrl(url) !== null)).toEqual([])
})
