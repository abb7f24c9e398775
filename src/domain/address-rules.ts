/**
 * Which addresses nothing that a stranger names may lead to: this machine, private networks, cloud metadata and
 * whatever is no place of the public internet. Pure; the caller resolves a name once and judges every answer.
 */

type Ipv4Rule = readonly [prefix: string, bits: number, reason: string]
type Ipv6Rule = readonly [prefix: readonly number[], bits: number, reason: string]

const IPV4_DENIED: readonly Ipv4Rule[] = [
  ['0.0.0.0', 8, 'this network'],
  ['10.0.0.0', 8, 'private'],
  ['100.100.100.200', 32, 'cloud metadata'],
  ['100.64.0.0', 10, 'shared address space'],
  ['127.0.0.0', 8, 'loopback'],
  ['168.63.129.16', 32, 'cloud metadata'],
  ['169.254.169.254', 32, 'cloud metadata'],
  ['169.254.0.0', 16, 'link-local'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'protocol assignments'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.88.99.0', 24, '6to4 relay'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'benchmarking'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
]

/** Only 2000::/3 is global unicast (RFC 4291); these lie inside it and are not, or hide an IPv4 address. */
const IPV6_DENIED: readonly Ipv6Rule[] = [
  [[0x2001, 0x0db8], 32, 'documentation'],
  [[0x2001, 0], 23, 'protocol assignments'],
  [[0x2002], 16, '6to4'],
  [[0x3fff], 20, 'documentation'],
]

/** Names for what lies outside 2000::/3; the rest of it is reserved. */
const IPV6_OUTSIDE: readonly Ipv6Rule[] = [
  [[0x64, 0xff9b], 32, 'NAT64'],
  [[0x100], 64, 'discard-only'],
  [[0xfc00], 7, 'private'],
  [[0xfe80], 10, 'link-local'],
  [[0xfec0], 10, 'site-local'],
  [[0xff00], 8, 'multicast'],
]

/**
 * Why this address is denied, in one or two words; null for a public one. Whatever is not an address in its one
 * canonical notation is denied too: `0x7f.1`, `0177.0.0.1` and `2130706433` never pass as something unknown.
 * NAT64 and 6to4 are denied whatever they carry, mapped and compatible IPv6 is judged by the IPv4 inside.
 */
export function isDeniedAddress(ip: string): string | null {
  const ipv4 = parseIpv4(ip)
  if (ipv4 !== null) return findIpv4(ipv4)
  const groups = parseIpv6(ip)
  return groups === null ? 'not an address' : findIpv6(groups)
}

/** The same address in the same text whatever it came as; null for what is no address. For comparing a peer. */
export function normalizeAddress(ip: string): string | null {
  const ipv4 = parseIpv4(ip)
  if (ipv4 !== null) return renderIpv4(ipv4)
  const groups = parseIpv6(ip)
  if (groups === null) return null
  const inner = findInner(groups)
  return inner === null ? groups.map((group) => group.toString(16)).join(':') : renderIpv4(inner)
}

function findIpv4(address: number): string | null {
  const rule = IPV4_DENIED.find(([prefix, bits]) => {
    const size = 2 ** (32 - bits)
    return Math.floor(address / size) === Math.floor((parseIpv4(prefix) ?? 0) / size)
  })
  return rule?.[2] ?? null
}

function findIpv6(groups: readonly number[]): string | null {
  if (groups.every((group) => group === 0)) return 'unspecified'
  if (startsWith(groups, [0, 0, 0, 0, 0, 0, 0, 1], 128)) return 'loopback'
  const inner = findInner(groups)
  if (inner !== null) return findIpv4(inner)
  const named = [...IPV6_DENIED, ...IPV6_OUTSIDE].find(([prefix, bits]) => startsWith(groups, prefix, bits))
  if (named !== undefined) return named[2]
  return startsWith(groups, [0x2000], 3) ? null : 'reserved'
}

/** The IPv4 address in `::ffff:a.b.c.d` (mapped) and `::a.b.c.d` (compatible, long obsolete). */
function findInner(groups: readonly number[]): number | null {
  const [high = 0, low = 0] = groups.slice(6)
  const isMapped = startsWith(groups, [0, 0, 0, 0, 0, 0xffff], 96)
  const isCompatible = startsWith(groups, [], 96) && high !== 0
  return isMapped || isCompatible ? high * 65_536 + low : null
}

/** Groups missing from the prefix are zero. */
function startsWith(groups: readonly number[], prefix: readonly number[], bits: number): boolean {
  return groups.every((group, index) => {
    const left = Math.min(16, Math.max(0, bits - index * 16))
    const size = 2 ** (16 - left)
    return Math.floor(group / size) === Math.floor((prefix[index] ?? 0) / size)
  })
}

/** Four decimal numbers without leading zeros: the only notation that every parser reads alike. */
function parseIpv4(text: string): number | null {
  if (!/^(?:(?:0|[1-9][0-9]{0,2})(?:\.(?!$)|$)){4}$/.test(text)) return null
  const parts = text.split('.').map(Number)
  return parts.some((part) => part > 255) ? null : parts.reduce((sum, part) => sum * 256 + part, 0)
}

/** Eight groups; a zone (`%eth0`) is no part of the address and is dropped. */
function parseIpv6(text: string): readonly number[] | null {
  const address = /^([0-9a-f:.]{2,45})(?:%[\x21-\x7e]+)?$/i.exec(text)?.[1]
  if (address === undefined) return null
  const halves = replaceDotted(address)?.split('::')
  if (halves === undefined || halves.length > 2) return null
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const given = [...head, ...(tail ?? [])]
  if (!given.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null
  const missing = 8 - given.length
  if (tail === undefined ? missing !== 0 : missing < 1) return null
  const filled = [...head, ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])]
  return filled.map((group) => Number.parseInt(group, 16))
}

/** `::ffff:127.0.0.1` as `::ffff:7f00:1`; null when the dotted part is no IPv4 address. */
function replaceDotted(text: string): string | null {
  if (!text.includes('.')) return text
  const at = text.lastIndexOf(':') + 1
  const inner = parseIpv4(text.slice(at))
  if (inner === null) return null
  return `${text.slice(0, at)}${Math.floor(inner / 65_536).toString(16)}:${(inner % 65_536).toString(16)}`
}

function renderIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}
