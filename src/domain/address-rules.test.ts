import { expect, it } from 'vitest'
import { isDeniedAddress, normalizeAddress } from './address-rules.ts'

const judge = (addresses: readonly string[]) => addresses.map((address) => isDeniedAddress(address))

it('lets public addresses through, up to the last one beside a denied range', () => {
  const open = [
    ['1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0'],
    ['168.63.129.15', '168.63.129.17', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0'],
    ['192.0.1.0', '192.0.3.0', '192.88.98.255', '192.88.100.0', '192.167.255.255', '192.169.0.0'],
    ['198.17.255.255', '198.20.0.0', '198.51.99.255', '198.51.101.0', '203.0.112.255', '203.0.114.0'],
    ['223.255.255.255', '8.8.8.8', '2606:4700:4700::1111', '2001:200::1', '2001:4860:4860::8888'],
    ['2001:db7::1', '2001:db9::', '2003::1', '3ffe::1', '::ffff:8.8.8.8', '::8.8.8.8', '::ffff:808:808'],
  ].flat()
  expect(judge(open)).toEqual(open.map(() => null))
})

it.each([
  ['0.0.0.0', 'this network'],
  ['0.255.255.255', 'this network'],
  ['10.0.0.1', 'private'],
  ['10.255.255.255', 'private'],
  ['100.64.0.0', 'shared address space'],
  ['100.127.255.255', 'shared address space'],
  ['100.100.100.200', 'cloud metadata'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['168.63.129.16', 'cloud metadata'],
  ['169.254.169.254', 'cloud metadata'],
  ['169.254.170.2', 'link-local'],
  ['172.16.0.0', 'private'],
  ['172.31.255.255', 'private'],
  ['192.0.0.8', 'protocol assignments'],
  ['192.0.2.1', 'documentation'],
  ['192.88.99.1', '6to4 relay'],
  ['192.168.1.1', 'private'],
  ['198.18.0.0', 'benchmarking'],
  ['198.19.255.255', 'benchmarking'],
  ['198.51.100.1', 'documentation'],
  ['203.0.113.1', 'documentation'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'reserved'],
  ['::', 'unspecified'],
  ['0:0:0:0:0:0:0:0', 'unspecified'],
  ['::1', 'loopback'],
  ['0000:0000:0000:0000:0000:0000:0000:0001', 'loopback'],
  ['::2', 'reserved'],
  ['64:ff9b::7f00:1', 'NAT64'],
  ['64:ff9b::8.8.8.8', 'NAT64'],
  ['64:ff9b:1::1', 'NAT64'],
  ['100::1', 'discard-only'],
  ['2001::1', 'protocol assignments'],
  ['2001:1ff::1', 'protocol assignments'],
  ['2001:db8::1', 'documentation'],
  ['2002:7f00:1::', '6to4'],
  ['2002:808:808::1', '6to4'],
  ['3fff::1', 'documentation'],
  ['fc00::1', 'private'],
  ['fd00:ec2::254', 'private'],
  ['fdff:ffff::1', 'private'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['febf::1', 'link-local'],
  ['fec0::1', 'site-local'],
  ['ff02::1', 'multicast'],
  ['5f00::1', 'reserved'],
  ['4000::1', 'reserved'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['::FFFF:A9FE:A9FE', 'cloud metadata'],
  ['0:0:0:0:0:ffff:10.0.0.1', 'private'],
  ['::127.0.0.1', 'loopback'],
  ['::a9fe:a9fe', 'cloud metadata'],
  ['::ffff:0:7f00:1', 'reserved'],
])('denies %s: %s', (address, reason) => {
  expect(isDeniedAddress(address)).toBe(reason)
})

it('denies every other way to write an address: two readers could disagree', () => {
  const odd = [
    ['', ' ', 'localhost', 'example.com', '2130706433', '0x7f000001', '0x7f.1', '127.1', '0177.0.0.1'],
    [
      '8.8.8',
      '8.8.8.8.8',
      '8.8.8.8.',
      '.8.8.8.8',
      '08.8.8.8',
      '8.8.8.256',
      '8.8.8.8 ',
      '8.8.8.8/32',
      '+8.8.8.8',
    ],
    [':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '12345::', 'g::', '[::1]', '::ffff:0177.0.0.1'],
    ['::8.8.8.8:1', '1:2:3:4:5:6:7::8:9', '2606:4700::1.2.3', '2606:4700::%', '２606:4700::1', '８.8.8.8'],
  ].flat()
  expect(judge(odd)).toEqual(odd.map(() => 'not an address'))
})

it('writes one address in one way, a mapped one as its IPv4', () => {
  expect(normalizeAddress('2606:4700:0000::0001')).toBe('2606:4700:0:0:0:0:0:1')
  expect(normalizeAddress('2606:4700::1')).toBe('2606:4700:0:0:0:0:0:1')
  expect(normalizeAddress('::ffff:8.8.4.4')).toBe('8.8.4.4')
  expect(normalizeAddress('fe80::1%eth0')).toBe('fe80:0:0:0:0:0:0:1')
  expect(normalizeAddress('0x7f.1')).toBeNull()
})
