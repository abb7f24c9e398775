/**
 * From a place that a sandbox asks for to an address that may be dialled, or a reason why not. The name is resolved
 * once, here, and every answer is judged: what is dialled is what was judged, whatever the name says a moment later.
 */
import { isDeniedAddress, normalizeAddress } from '../../domain/address-rules.ts'
import { isAddressLike, isCovered, type EgressRule, type Place } from '../../domain/egress-rule.ts'
import type { ResolvedHost } from '../../system/outbound.ts'

export type EgressPolicy = {
  /** What the sandbox may ask for. */
  readonly rules: readonly EgressRule[]
  /** What the operator lets any server ask for; null: whatever it declares. */
  readonly ceiling: readonly EgressRule[] | null
  /** Named by the operator, for exactly that host and port: may be private, and may be an address. */
  readonly trusted: readonly Place[]
}

/** The machine's side of it. */
export interface Network {
  /** Asks once. Rejects with the system's error (`code` ENOTFOUND and the like). */
  resolve(host: string): Promise<ResolvedHost>
  /** Addresses of this machine, in any notation. */
  ownAddresses(): readonly string[]
}

export type Way =
  | { readonly kind: 'open'; readonly resolved: ResolvedHost }
  | { readonly kind: 'refused'; readonly reason: string }

export async function findWay(place: Place, policy: EgressPolicy, network: Network): Promise<Way> {
  const { rules, ceiling, trusted } = policy
  const isTrusted = trusted.some(({ host, port }) => host === place.host && port === place.port)
  if (!isCovered(place, rules)) return refuse('it is not one of the places that this sandbox may reach')
  if (ceiling !== null && !isCovered(place, ceiling)) return refuse('egress.allowed_hosts does not name it')
  if (isAddressLike(place.host) && !isTrusted) return refuse('it is an address, not a name')
  const resolved = await network.resolve(place.host)
  if (isTrusted) return { kind: 'open', resolved }
  const own = new Set(network.ownAddresses().map(normalizeAddress))
  // One denied answer taints the name: which of them would be dialled is the name server's choice.
  for (const address of resolved.addresses) {
    const why = isDeniedAddress(address) ?? (own.has(normalizeAddress(address)) ? 'this machine' : null)
    if (why !== null) return refuse(`its name leads to an address that nobody may reach from here (${why})`)
  }
  return { kind: 'open', resolved }
}

function refuse(reason: string): Way {
  return { kind: 'refused', reason }
}
