import { expect, it } from 'vitest'
import { encodeHeaderValue } from './header-value.ts'

it('R24, R29: encodes what a header cannot carry, and what would be read as encoded', () => {
  expect(encodeHeaderValue('two words')).toBe('two words')
  expect(encodeHeaderValue('größe')).toBe('=?base64?Z3LDtsOfZQ==?=')
  expect(encodeHeaderValue(' padded')).toBe('=?base64?IHBhZGRlZA==?=')
  expect(encodeHeaderValue('a\r\nb')).toBe('=?base64?YQ0KYg==?=')
  expect(encodeHeaderValue('=?base64?YQ==?=')).toBe('=?base64?PT9iYXNlNjQ/WVE9PT89?=')
  expect(encodeHeaderValue('')).toBe('=?base64??=')
})
