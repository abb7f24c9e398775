/** The other end of a request as the listener sees it: over a trusted proxy, whom that proxy speaks for. */
export type Peer = {
  /** Null when the connection is gone already. */
  readonly ip: string | null
  /** The client came over TLS. */
  readonly isSecure: boolean
}
