/** Where a server may go: `host`, `host:port`, `*.suffix`, `*.suffix:port`. Pure. */

export type Place = { readonly host: string; readonly port: number }

export type EgressRule = {
  /** Lower case, without a last dot; of a wildcard what follows `*.`. */
  readonly host: string
  readonly wild: boolean
  readonly ports: readonly number[]
}

/** Without a port a rule means the web. */
const DEFAULT_PORTS = [443, 80] as const
const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?'
const HOST = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`)

export function isHostName(host: string): boolean {
  return HOST.test(host)
}

/**
 * Some parser somewhere reads a host whose last label is a number as an IPv4 address (`127.1`, `0x7f.1`,
 * `2130706433`): it is one, whatever this platform's own resolver would make of it.
 */
export function isAddressLike(host: string): boolean {
  return /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/i.test(host)
}

/** Lower case, one last dot dropped: `Example.COM.` and `example.com` are the same host. */
export function normalizeHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '')
}

/** A sentence's end that says what is wrong with the text; null when it is a rule. */
export function describeRefusedRule(text: string): string | null {
  const match = /^(\*\.)?([^:*]*)(?::([0-9]{1,5}))?$/.exec(text)
  const host = normalizeHost(match?.[2] ?? '')
  if (match === null || !isHostName(host)) return 'must be host, host:port or *.suffix'
  if (isAddressLike(host)) return 'must name a host, not an address'
  if (match[1] !== undefined && !host.includes('.'))
    return 'is too wide: a wildcard needs two labels after *.'
  const port = match[3] === undefined ? 443 : Number(match[3])
  return port >= 1 && port <= 65_535 ? null : 'must have a port from 1 to 65535'
}

/** Null when it is none. */
export function parseEgressRule(text: string): EgressRule | null {
  if (describeRefusedRule(text) !== null) return null
  const wild = text.startsWith('*.')
  const [host = '', port] = text.slice(wild ? 2 : 0).split(':')
  return { host: normalizeHost(host), wild, ports: port === undefined ? DEFAULT_PORTS : [Number(port)] }
}

/** What is no rule is left out: it allows nothing. */
export function parseEgressRules(texts: readonly string[]): readonly EgressRule[] {
  return texts.map(parseEgressRule).filter((rule) => rule !== null)
}

/** `*.wild.test` matches below `wild.test` at any depth, not `wild.test` itself and not `xwild.test`. */
export function isCovered(place: Place, rules: readonly EgressRule[]): boolean {
  return rules.some(({ host, wild, ports }) => {
    const fits = wild ? place.host.endsWith(`.${host}`) : place.host === host
    return fits && ports.includes(place.port)
  })
}

/** Stands for the places beyond the number that is counted apart. */
export const OTHER_PLACES: Place = { host: '*', port: 0 }
