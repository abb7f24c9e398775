/** A host as it stands in a URL or a Host header: an IPv6 address in brackets (RFC 3986 §3.2.2). */
export function renderHost(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
