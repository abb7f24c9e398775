/** Names to addresses, for whoever judges the addresses before anything is dialled. */
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { resolveHost, type ResolvedHost } from './outbound.ts'

/** getaddrinfo blocks one of libuv's four threads, which file operations share: names never take them all. */
const MAX_LOOKUPS = 2
const QUERY_TIMEOUT_MS = 3000
const QUERY_TRIES = 2

/**
 * @param servers `address` or `address:port` of name servers to ask instead of the system's resolver (which also
 * reads /etc/hosts); empty: the system's.
 */
export function createNameResolver(servers: readonly string[]): (host: string) => Promise<ResolvedHost> {
  if (servers.length === 0) return limitTurns(MAX_LOOKUPS, resolveHost)
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES })
  resolver.setServers(servers)
  return async (host) => {
    if (isIP(host) !== 0) return { host, addresses: [host] }
    const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    const addresses = [ipv4, ipv6].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    if (addresses.length === 0 && ipv4.status === 'rejected') throw ipv4.reason
    return { host, addresses }
  }
}

/** At most `turns` at once, the others in the order they came. */
function limitTurns<T>(turns: number, work: (host: string) => Promise<T>): (host: string) => Promise<T> {
  const waiting: (() => void)[] = []
  let busy = 0
  return async (host) => {
    if (busy >= turns) await new Promise<void>((resolve) => waiting.push(resolve))
    else busy++
    try {
      return await work(host)
    } finally {
      const next = waiting.shift()
      if (next === undefined) busy--
      else next()
    }
  }
}
