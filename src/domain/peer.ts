/** The other end of a request as the listener sees it: over a trusted proxy, whom that proxy speaks for. */
export type Peer = {
  /** Null when the connection is gone already. */
  readonly ip: string | null
  /** The client came over TLS. */
  readonly isSecure: boolean
}

/** Whoever has one IPv6 address has the 2^64 of its network. */
export function addressKey(ip: string | null): string {
  if (ip === null || !ip.includes(':')) return ip ?? 'unknown'
  const [head = '', tail] = ip.split('::', 2)
  const groups = head.split(':').filter(Boolean)
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter(Boolean).length
  return [...groups, ...Array.from({ length: missing }, () => '0')].slice(0, 4).join(':')
}
