import { describe, expect, it } from 'vitest'
import { decodeHeaderValue, findHeaderFault } from './standard-headers.ts'

describe('decodeHeaderValue', () => {
  const encode = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`

  it('R24: decodes between both marks, and takes everything else literally', () => {
    expect(decodeHeaderValue(encode('żółw 🐢'))).toBe('żółw 🐢')
    expect(decodeHeaderValue('=?base64?')).toBe('=?base64?')
    expect(decodeHeaderValue('=?BASE64?YQ==?=')).toBe('=?BASE64?YQ==?=')
    expect(decodeHeaderValue('a =?base64?YQ==?=')).toBe('a =?base64?YQ==?=')
    expect(decodeHeaderValue('=?base64??=')).toBe('')
  })

  it.each(['YQ', 'YQ=', 'Y Q=', 'YQ==YQ==', '_w==', 'gA=='])('R24: refuses %s', (text) => {
    expect(decodeHeaderValue(`=?base64?${text}?=`)).toBeNull()
  })

  it('R24: keeps a byte order mark: it is part of the value', () => {
    expect(decodeHeaderValue(encode('\ufeffa'))).toBe('\ufeffa')
  })
})

describe('findHeaderFault', () => {
  const request = (method: string, params: Record<string, string> = {}) =>
    ({ kind: 'request', id: 1, method, params }) as const
  const headers = (method: string, name?: string) => ({ version: '2026-07-28', method, name })

  it('R20, R21: asks for Mcp-Name where the body has what it mirrors', () => {
    const faulty = (method: string, params: Record<string, string>) =>
      findHeaderFault(request(method, params), headers(method)) !== null
    expect(faulty('tools/call', { name: 'a' })).toBe(true)
    expect(faulty('prompts/get', { name: 'a' })).toBe(true)
    expect(faulty('resources/read', { uri: 'a' })).toBe(true)
    expect(faulty('tasks/get', { taskId: 'a' })).toBe(true)
    expect(faulty('tools/call', {})).toBe(false)
    expect(faulty('tools/list', { name: 'a' })).toBe(false)
    expect(faulty('constructor', { name: 'a' })).toBe(false)
  })

  it('R20: says first what is first', () => {
    const none = { version: undefined, method: undefined, name: undefined }
    const fault = findHeaderFault(request('tools/call', { name: 'a' }), none)
    expect(fault).toMatchObject({ status: 400, error: { code: -32020 } })
    expect(fault?.error.message).toContain('MCP-Protocol-Version')
  })
})
