import { describe, expect, it } from 'vitest'
import { renderChallenge } from './challenge.ts'

const at = { host: 'mcp.example.org', path: '/servers/web/mcp' }
const server = {
  metadataUrl: ({ host, path }: typeof at) => `https://${host}/.well-known/oauth-protected-resource${path}`,
  findScope: (grant: string) => (grant === 'mcp:call:web' ? 'use-tools' : grant),
}
const METADATA =
  'resource_metadata="https://mcp.example.org/.well-known/oauth-protected-resource/servers/web/mcp"'

describe('renderChallenge', () => {
  it('names the metadata and what is enough, in the issuer’s words', () => {
    expect(renderChallenge(server, at, { grants: ['mcp:call:web'] })).toBe(
      `Bearer scope="use-tools", ${METADATA}`,
    )
    expect(renderChallenge(server, at, { error: 'invalid_token', grants: [] })).toBe(
      `Bearer error="invalid_token", ${METADATA}`,
    )
    expect(
      renderChallenge(server, at, { error: 'insufficient_scope', grants: ['servers:read', 'logs:read'] }),
    ).toBe(`Bearer error="insufficient_scope", scope="servers:read logs:read", ${METADATA}`)
  })

  it('names none where there is no issuer', () => {
    expect(renderChallenge(null, at, { grants: ['mcp:call:web'] })).toBe('Bearer')
    expect(renderChallenge(null, at, { error: 'insufficient_scope', grants: ['mcp:call:web'] })).toBe(
      'Bearer error="insufficient_scope", scope="mcp:call:web"',
    )
  })

  it('stays one header whatever a tool is called', () => {
    const grants = ['mcp:call:web:a", realm="x\\\r\n']
    expect(renderChallenge(null, at, { error: 'insufficient_scope', grants })).toBe(
      'Bearer error="insufficient_scope", scope="mcp:call:web:a?,?realm=?x???"',
    )
  })
})
