/** Who is at the other end: X-Forwarded-For and -Proto count only when a proxy that the operator named sends them. */
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { AppError } from '../domain/error.ts'
import type { Peer } from '../domain/peer.ts'

type PeerReader = (req: Pick<IncomingMessage, 'socket' | 'headers'>) => Peer

/** @param trusted addresses or networks in CIDR form; throws `invalid_platform_config` for anything else. */
export function createPeerReader(trusted: readonly string[]): PeerReader {
  const proxies = buildList(trusted)
  const isProxy = (ip: string) => proxies.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4')

  return ({ socket, headers }) => {
    const isTls = 'encrypted' in socket && socket.encrypted === true
    const direct = normalize(socket.remoteAddress)
    if (direct === null || trusted.length === 0 || !isProxy(direct)) return { ip: direct, isSecure: isTls }
    const proto = lastOf(headers['x-forwarded-proto'])
    return { ip: findClient(headers['x-forwarded-for'], direct, isProxy), isSecure: proto === 'https' }
  }
}

/** From the right, since everything left of the first stranger is that stranger's word. */
function findClient(
  header: string | readonly string[] | undefined,
  direct: string,
  isProxy: (ip: string) => boolean,
): string {
  let client = direct
  for (const part of splitList(header).toReversed()) {
    const ip = normalize(part)
    if (ip === null) return client
    client = ip
    if (!isProxy(ip)) return client
  }
  return client
}

/** IPv4 as IPv4, also where the socket is one for both (RFC 4291 §2.5.5.2). */
function normalize(text: string | undefined): string | null {
  const plain = text?.trim().replace(/^::ffff:(?=\d+\.)/i, '') ?? ''
  return isIP(plain) === 0 ? null : plain
}

function splitList(header: string | readonly string[] | undefined): readonly string[] {
  return header === undefined ? [] : [header].flat().join(',').split(',')
}

function lastOf(header: string | readonly string[] | undefined): string | undefined {
  return splitList(header).at(-1)?.trim().toLowerCase()
}

function splitOnce(entry: string): [string, string | undefined] {
  const at = entry.indexOf('/')
  return at < 0 ? [entry, undefined] : [entry.slice(0, at), entry.slice(at + 1)]
}

function buildList(trusted: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of trusted) {
    const [address, bits] = splitOnce(entry)
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    const prefix = bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits)
    try {
      // Number('') is 0, and 10.0.0.7/ would be everybody.
      if (bits !== undefined && !/^\d{1,3}$/.test(bits)) throw new Error('no prefix length')
      list.addSubnet(address, prefix, family)
    } catch {
      throw new AppError('invalid_platform_config', `"${entry}" is no address and no network.`, {
        hint: 'For example 10.0.0.7, 10.0.0.0/8 or fd00::/8.',
      })
    }
  }
  return list
}
