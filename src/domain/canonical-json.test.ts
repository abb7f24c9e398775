import { expect, it } from 'vitest'
import { renderCanonicalJson } from './canonical-json.ts'

it('sorts members by UTF-16 code units, at every depth', () => {
  // The order of RFC 8785, section 3.2.3.
  const value = {
    '\u20ac': 1,
    '\r': 2,
    '\ufb33': 3,
    '1': 4,
    '\u{1f600}': 5,
    '\u0080': 6,
    '\u00f6': { b: 1, a: 2 },
  }
  expect(renderCanonicalJson(value)).toBe(
    '{"\\r":2,"1":4,"\u0080":6,"\u00f6":{"a":2,"b":1},"\u20ac":1,"\u{1f600}":5,"\ufb33":3}',
  )
})

it('writes literals, numbers and strings as ECMAScript does', () => {
  const numbers = [333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0]
  expect(
    renderCanonicalJson({ numbers, literals: [null, true, false], string: '\u20ac$\u000f\nA\'B"\\"/' }),
  ).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27,0],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\"/"}',
  )
})

it('refuses what has no text', () => {
  expect(() => renderCanonicalJson([Number.NaN])).toThrow(TypeError)
  expect(() => renderCanonicalJson({ a: '\ud800' })).toThrow(TypeError)
  expect(() => renderCanonicalJson({ '\udc00': 1 })).toThrow(TypeError)
})
