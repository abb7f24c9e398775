import { describe, expect, it } from 'vitest'
import { buildFingerprint, normalise } from './fingerprint.ts'

describe('normalise', () => {
  it.each([
    ['connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED #.#.#.#:#'],
    ['segfault at 0x7f3a19c0 in /usr/lib/x/libfoo.so', 'segfault at # in libfoo.so'],
    ["No module named 'sqlite3'", "No module named 'sqlite3'"],
    ["can't open '/app/v2/main.py' here", "can't open '/app/v2/main.py' here".replace('/app/v2/', '')],
    ['took  3 s\n in all', 'took # s in all'],
  ])('%s', (message, text) => {
    expect(normalise(message)).toBe(text)
  })
})

describe('buildFingerprint', () => {
  it('is the same for another port, another for another module or class', () => {
    const of = (message: string) => buildFingerprint('unknown', message)
    expect(of('lost 10.0.0.1:80')).toBe(of('lost 10.0.0.27:8080'))
    expect(of("No module named 'a'")).not.toBe(of("No module named 'b'"))
    expect(of('x')).not.toBe(buildFingerprint('bad_code', 'x'))
    expect(of('x')).toMatch(/^[\da-f]{16}$/)
  })
})
