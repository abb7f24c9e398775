import { expect, it } from 'vitest'
import { buildGrants } from './build-grants.ts'

it('gives the scopes as they are without places', () => {
  expect(buildGrants(['mcp:call', 'logs:read'], ' \n ')).toEqual(['mcp:call', 'logs:read'])
})

it('narrows mcp:call to the places, each once, with the prefix or without', () => {
  expect(buildGrants(['logs:read', 'mcp:call'], 'weather\nmcp:call:weather\nmail:send')).toEqual([
    'logs:read',
    'mcp:call:weather',
    'mcp:call:mail:send',
  ])
})

it('makes no grant to call from places alone', () => {
  expect(buildGrants(['logs:read'], 'weather')).toEqual(['logs:read'])
})
