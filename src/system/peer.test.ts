import { describe, expect, it } from 'vitest'
import { createPeerReader } from './peer.ts'

type Request = Parameters<ReturnType<typeof createPeerReader>>[0]
const from = (remoteAddress: string | undefined, headers: Request['headers'] = {}, encrypted = false) =>
  ({ socket: { remoteAddress, encrypted }, headers }) as unknown as Request

const forwarded = (ips: string, proto = 'https') => ({ 'x-forwarded-for': ips, 'x-forwarded-proto': proto })

describe('the peer', () => {
  it('is the other end of the connection', () => {
    const read = createPeerReader([])
    expect(read(from('192.0.2.1'))).toEqual({ ip: '192.0.2.1', isSecure: false })
    expect(read(from('::ffff:192.0.2.1'))).toEqual({ ip: '192.0.2.1', isSecure: false })
    expect(read(from('2001:db8::1', {}, true))).toEqual({ ip: '2001:db8::1', isSecure: true })
    expect(read(from(undefined))).toEqual({ ip: null, isSecure: false })
  })

  it('is nobody else because a stranger says so', () => {
    const stranger = from('192.0.2.1', forwarded('203.0.113.9'))
    expect(createPeerReader([])(stranger)).toEqual({ ip: '192.0.2.1', isSecure: false })
    expect(createPeerReader(['10.0.0.0/8'])(stranger)).toEqual({ ip: '192.0.2.1', isSecure: false })
  })

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9, 10.1.2.3', '203.0.113.9'],
    ['198.51.100.7, 203.0.113.9', '203.0.113.9'],
    ['nonsense, 203.0.113.9', '203.0.113.9'],
    ['203.0.113.9, nonsense', '10.0.0.1'],
    ['2001:db8::9', '2001:db8::9'],
    ['', '10.0.0.1'],
  ])('behind a trusted proxy that says %j is %s', (ips, expected) => {
    const read = createPeerReader(['10.0.0.0/8', 'fd00::/8'])
    expect(read(from('10.0.0.1', forwarded(ips)))).toEqual({ ip: expected, isSecure: true })
    expect(read(from('fd00::1', forwarded('203.0.113.9', 'http')))).toEqual({
      ip: '203.0.113.9',
      isSecure: false,
    })
  })

  it('needs networks that are some', () => {
    for (const entry of [
      'proxy.local',
      '10.0.0.0/33',
      '::1/x',
      '',
      '10.0.0.7/',
      '10.0.0.0/8/8',
      '10.0.0.0/0x8',
    ]) {
      expect(() => createPeerReader([entry]), entry).toThrow('is no address and no network')
    }
  })
})
