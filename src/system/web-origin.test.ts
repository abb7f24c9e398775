import { describe, expect, it } from 'vitest'
import { createOriginCheck } from './web-origin.ts'

const loopback = createOriginCheck({ host: '127.0.0.1', port: 8910 })

describe('createOriginCheck', () => {
  it('R151: a loopback bind answers to the names of loopback, with its port', () => {
    for (const host of ['127.0.0.1:8910', 'localhost:8910', 'LOCALHOST:8910', '[::1]:8910']) {
      expect(loopback.find(host, undefined)).toBeNull()
    }
    for (const host of [
      undefined,
      '',
      'localhost',
      'localhost:80',
      'evil.example:8910',
      '127.0.0.1.evil:8910',
    ]) {
      expect(loopback.find(host, undefined)?.code).toBe('host_refused')
    }
  })

  it('R150: an Origin is one of ours or refused; null is not ours', () => {
    const find = (origin: string) => loopback.find('localhost:8910', origin)?.code ?? null
    expect(find('http://localhost:8910')).toBeNull()
    expect(find('http://localhost:8911')).toBe('origin_refused')
    expect(find('https://localhost:8910')).toBe('origin_refused')
    expect(find('null')).toBe('origin_refused')
    expect(find('http://localhost:8910.evil.example')).toBe('origin_refused')
  })

  it('answers to the public address and to configured origins', () => {
    const check = createOriginCheck({
      host: '0.0.0.0',
      port: 8910,
      publicUrl: 'https://mcp.example.org/',
      allowedOrigins: ['https://app.example', 'https://Other.example/'],
    })
    expect(check.find('mcp.example.org', 'https://mcp.example.org')).toBeNull()
    expect(check.find('mcp.example.org', 'https://app.example')).toBeNull()
    expect(check.find('mcp.example.org', 'https://other.example')).toBeNull()
    expect(check.find('app.example', undefined)?.code).toBe('host_refused')
    expect(check.find('0.0.0.0:8910', undefined)?.code).toBe('host_refused')
  })

  it('port 80 may be left out', () => {
    expect(
      createOriginCheck({ host: '127.0.0.1', port: 80 }).find('localhost', 'http://localhost'),
    ).toBeNull()
  })

  it('says under which address it was reached, in the public one’s scheme', () => {
    expect(loopback.baseOf('LOCALHOST:8910')).toBe('http://localhost:8910')
    const open = createOriginCheck({ host: '0.0.0.0', port: 80, publicUrl: 'https://mcp.example.org/hub/' })
    expect(open.baseOf('mcp.example.org')).toBe('https://mcp.example.org/hub')
    expect(open.baseOf('127.0.0.1:80')).toBe('http://127.0.0.1:80')
  })
})
