import { expect, it } from 'vitest'
import { checkLink } from './check-link.ts'

it.each([
  ['node_modules/.bin/x', '../pkg/cli.js', null],
  ['.venv/lib64', 'lib', null],
  ['a/b', '/app/c', null],
  ['.venv/bin/python3', '/usr/bin/python3', null],
  ['.venv/bin/python', '/usr/bin/python3.11', null],
  ['.venv/bin/python', '/usr/bin/perl', 'leads out of the tree'],
  ['bin/python', '/usr/bin/python3', 'leads out of the tree'],
  ['a', '../x', 'leads out of the tree'],
  ['a/b', '../../x', 'leads out of the tree'],
  ['a', '/etc/passwd', 'leads out of the tree'],
  ['a', '/application', 'leads out of the tree'],
])('%s → %s: %s', (path, target, expected) => {
  expect(checkLink(path, target)).toBe(expected)
})
