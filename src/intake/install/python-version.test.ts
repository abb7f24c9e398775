import { expect, it } from 'vitest'
import { satisfiesPython } from './python-version.ts'

it.each([
  ['Python 3.11.2', '>=3.10', true],
  ['3.11.2', '>=3.12', false],
  ['3.11.2', '>=3.9, <4', true],
  ['3.11.2', '<3.11', false],
  ['3.11.2', '~=3.11.0', true],
  ['3.12.0', '~=3.11.0', false],
  ['3.12.0', '~=3.11', true],
  ['3.11.2', '==3.11.*', true],
  ['3.11.2', '!=3.11.*', false],
  ['3.9.1', '>3.10', false],
  ['3.11.2', 'something new', true],
])('%s for %s: %s', (version, specifier, expected) => {
  expect(satisfiesPython(version, specifier)).toBe(expected)
})
