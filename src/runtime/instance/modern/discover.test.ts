import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../domain/json.ts'
import { decideModern, parseDiscoverResult } from './discover.ts'

const RESULT: JsonObject = {
  resultType: 'complete',
  ttlMs: 60_000,
  cacheScope: 'public',
  supportedVersions: ['2026-07-28'],
  capabilities: { tools: { listChanged: true } },
  instructions: 'Ask.',
  _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'a', version: '1', title: 'A' } },
}

describe('parseDiscoverResult', () => {
  it('gives it the shape of an InitializeResult', () => {
    expect(parseDiscoverResult(RESULT)).toEqual({
      era: 'modern',
      result: {
        protocolVersion: '2026-07-28',
        capabilities: { tools: { listChanged: true } },
        serverInfo: { name: 'a', version: '1', title: 'A' },
        instructions: 'Ask.',
      },
      protocolVersion: '2026-07-28',
      serverInfo: { name: 'a', version: '1' },
    })
    expect(parseDiscoverResult({ ...RESULT, _meta: {} })).toMatchObject({ serverInfo: null })
  })

  it.each([
    [null, 'malformed'],
    [{ ...RESULT, capabilities: 1 }, 'malformed: capabilities'],
    [{ ...RESULT, supportedVersions: ['2030-01-01'] }, 'It speaks MCP 2030-01-01;'],
  ])('tells what is wrong with %j', (result, why) => {
    expect(parseDiscoverResult(result)).toContain(why)
  })
})

it.each([
  [{ result: RESULT }, true],
  [{ error: { code: -32022, message: 'no', data: { supported: ['2026-07-28'] } } }, true],
  [{ error: { code: -32022, message: 'no', data: { supported: ['2030-01-01'] } } }, false],
  [{ error: { code: -32601, message: 'Method not found' } }, false],
  [{ error: { code: -32600, message: 'not initialized' } }, false],
  [{ result: {} }, false],
])('takes %j for what it proves', (message, modern) => {
  expect(decideModern(message as JsonObject)).toBe(modern)
})
